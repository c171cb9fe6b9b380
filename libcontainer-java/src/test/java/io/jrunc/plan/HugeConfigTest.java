package io.jrunc.plan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.SpecException;
import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecParser;
import io.jrunc.spec.SpecValidator;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Configs that somebody made to be a burden: taken or refused with one clear error, in a time that does not grow with their malice. */
@Timeout(300)
class HugeConfigTest
{
    /** Of what a document may hold a hundred thousand in all. */
    private static final int MANY = 20_000;

    @Test
    void twentyThousandMountsArePlanned()
    {
        Spec spec = read(config("\"mounts\": [" + many(n -> "{\"destination\": \"/m%d\", \"type\": \"tmpfs\"}".formatted(n)) + "]", ""));
        Plan plan = PlanBuilder.plan(spec, Hosts.create(), Hosts.root());
        assertThat(PlanPrinter.print(plan)).contains("/m0 ", "/m19999 ");
    }

    @Test
    void twentyThousandVariablesReachTheProgram()
    {
        Spec spec = read(config("\"mounts\": []", ", \"env\": [" + many(n -> "\"V%d=%d\"".formatted(n, n)) + "]"));
        assertThat(spec.process().env()).hasSize(MANY);
        assertThat(PlanBuilder.plan(spec, Hosts.create(), Hosts.root()).environment().entries()).contains("V0=0", "V19999=19999");
    }

    @Test
    void ofTwentyThousandFaultsTheFirstHundredAreToldAndTheOthersCounted()
    {
        byte[] json = config("\"mounts\": [" + many(_ -> "{}") + "]", "").getBytes(UTF_8);
        assertThatThrownBy(() -> SpecParser.parse(json)).isInstanceOfSatisfying(SpecException.class,
                e -> {
                    assertThat(e.problems()).hasSize(101).element(99).hasToString("mounts[99].destination: is required");
                    assertThat(e.getMessage()).endsWith("and 19900 more faults");
                });
    }

    @Test
    void aDocumentOfTheGreatestLengthIsReadAndALongerOneIsNot()
    {
        byte[] largest = Arrays.copyOf(config("\"mounts\": []", "").getBytes(UTF_8), 4 << 20);
        for (int n = config("\"mounts\": []", "").length(); n < largest.length; n++) {
            largest[n] = ' ';
        }
        assertThat(SpecParser.parse(largest).root().path()).isEqualTo("rootfs");
        byte[] longer = Arrays.copyOf(largest, largest.length + 1);
        assertThatThrownBy(() -> SpecParser.parse(longer)).isInstanceOf(SpecException.class).hasMessage("malformed JSON: longer than 4194304 bytes");
    }

    @Test
    void tenThousandLevelsAreRefused()
    {
        for (String open : new String[] {"[", "{\"a\":"}) {
            refused(open.repeat(10_000), "malformed JSON at line 1, column", "depth");
            refused(config("\"x\": " + open.repeat(10_000), ""), "malformed JSON at line 1, column", "depth");
        }
    }

    @Test
    void ofANameThatComesTwiceTheLastCounts()
    {
        Spec spec = read(config("\"root\": {\"path\": \"a\"}, \"hostname\": \"one\", \"hostname\": \"two\"", ""));
        assertThat(spec.hostname()).contains("two");
    }

    @Test
    void aNulIsRefusedWithItsPlace()
    {
        String path = config("\"mounts\": [{\"destination\": \"/a\\u0000b\", \"type\": \"tmpfs\"}]", "");
        assertThatThrownBy(() -> SpecValidator.validate(SpecParser.parse(path.getBytes(UTF_8)), _ -> false))
                .isInstanceOf(SpecException.class).hasMessageContaining("mounts[0].destination").hasMessageContaining("nul byte");
        refused("{\"a\": \0}", "malformed JSON at line 1, column");
        refused("{\"ociVersion\": \"1.\0\"}", "malformed JSON at line 1, column");
    }

    @Test
    void whatIsNotUtf8IsRefused()
    {
        for (String bytes : new String[] {"\u00ff", "\u00c0\u0080", "\u00ed\u00a0\u0080", "\u00f5\u0080\u0080\u0080", "\u00e2\u0082"}) {
            byte[] json = config("\"hostname\": \"a" + bytes + "b\"", "").getBytes(ISO_8859_1);
            assertThatThrownBy(() -> SpecParser.parse(json)).as(bytes).isInstanceOf(SpecException.class)
                    .satisfies(e -> assertThat(e.getMessage()).matches("(malformed JSON.*|hostname: .*)"));
        }
    }

    @Test
    void numbersThatNoFieldHoldsAreRefusedWithTheirPlace()
    {
        for (String number : new String[] {"1e999999999", "-1e999999999", "9".repeat(900), "18446744073709551616", "0.1e-999999999", "1e999"}) {
            refused(config("\"linux\": {\"resources\": {\"memory\": {\"limit\": " + number + "}}}", ""), "linux.resources.memory.limit: ");
        }
        refused(config("\"linux\": {\"resources\": {\"memory\": {\"limit\": " + "9".repeat(1_000_000) + "}}}", ""), "malformed JSON at line");
    }

    private static void refused(String json, String... words)
    {
        assertThatThrownBy(() -> SpecParser.parse(json.getBytes(UTF_8))).isInstanceOf(SpecException.class).satisfies(e -> {
            assertThat(e.getMessage()).contains(words).doesNotContain("\n");
            assertThat(e.getMessage().length()).isLessThan(500);
        });
    }

    private static Spec read(String json)
    {
        Spec spec = SpecParser.parse(json.getBytes(UTF_8));
        SpecValidator.validate(spec, _ -> false);
        return spec;
    }

    private static String config(String more, String process)
    {
        return "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, \"process\": {\"args\": [\"sh\"], \"cwd\": \"/\"%s}, %s}"
                .formatted(process, more.contains("\"linux\"") ? more : more + ", \"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"pid\"}, {\"type\": \"uts\"}]}");
    }

    private static String many(IntFunction<String> element)
    {
        return IntStream.range(0, MANY).mapToObj(element).collect(Collectors.joining(","));
    }
}
