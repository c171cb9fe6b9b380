package io.jrunc.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.jrunc.error.SpecException;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Whatever is wrong with a config, the reader of it gets a SpecException with a place, and never anything else. */
class SpecMutationTest
{
    private static final List<String> VALUES = List.of("null", "true", "-1", "0", "1", "65536", "99999999999999999999", "1.5", "1e3",
            "\"\"", "\"x\"", "\"a\\u0000b\"", "\"/../..\"", "[]", "[null]", "[[]]", "[\"\"]", "{}", "{\"\": \"\"}", "{\"a b\": {}}");

    @Test
    void everyNodeReplacedByEveryKindOfValueParsesOrIsReportedWithItsPlace()
    {
        Config config = Config.everything();
        int refused = 0;
        for (String pointer : pointers(config.document())) {
            for (String value : VALUES) {
                if (refuses(config.with(pointer, value), pointer + " = " + value)) {
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan(2000);
    }

    @Test
    void everyNodeLeftOutParsesOrIsReportedWithItsPlace()
    {
        Config config = Config.everything();
        int refused = 0;
        for (String pointer : pointers(config.document())) {
            if (refuses(config.without(pointer), "without " + pointer)) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(30);
    }

    @Test
    void everyTruncationIsReported()
    {
        byte[] whole = Config.everything().bytes();
        for (int length = 0; length < whole.length; length += 7) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThat(refuses(part)).as("%d bytes", length).isTrue();
        }
    }

    @Test
    void damagedBytesNeverEscapeAsAnythingElse()
    {
        byte[] whole = Config.everything().bytes();
        Random random = new Random(20260301);
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] damaged = whole.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            if (refuses(damaged)) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    /** Parses and, if that works, validates. */
    private static boolean refuses(Config config, String mutation)
    {
        try {
            SpecValidator.validate(config.parse(), path -> false);
            return false;
        }
        catch (SpecException e) {
            assertThat(e.problems()).as(mutation).isNotEmpty().allSatisfy(problem -> {
                assertThat(problem.path()).isNotEmpty();
                assertThat(problem.message()).isNotBlank().doesNotContain("\n");
            });
            return true;
        }
    }

    private static boolean refuses(byte[] json)
    {
        try {
            SpecParser.parse(json);
            return false;
        }
        catch (SpecException e) {
            assertThat(e.problems()).as(() -> new String(json, StandardCharsets.UTF_8)).isNotEmpty();
            return true;
        }
    }

    private static List<String> pointers(JsonNode document)
    {
        List<String> pointers = new ArrayList<>();
        collect(document, "", pointers);
        return pointers;
    }

    private static void collect(JsonNode node, String pointer, List<String> pointers)
    {
        if (!pointer.isEmpty()) {
            pointers.add(pointer);
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            collect(member.getValue(), pointer + "/" + member.getKey().replace("~", "~0").replace("/", "~1"), pointers);
        }
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                collect(node.get(i), pointer + "/" + i, pointers);
            }
        }
    }
}
