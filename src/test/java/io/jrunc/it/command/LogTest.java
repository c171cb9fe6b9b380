package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class LogTest
{
    /** Loads a seccomp filter: keyctl is not there (ENOSYS), prctl does not know PR_SET_CHILD_SUBREAPER (EINVAL). Then the command. */
    private static final String WITHOUT = """
            my $filter = join '', map { pack 'SCCL', @$_ } [0x20,0,0,0], [0x15,4,0,250], [0x15,0,2,157], [0x20,0,0,16], [0x15,2,0,36],
                [6,0,0,0x7fff0000], [6,0,0,0x50000|38], [6,0,0,0x50000|22];
            my $program = pack 'Sx6P', 8, $filter;
            syscall(157, 22, 2, $program) == 0 or die "no filter: $!";
            exec { $ARGV[0] } @ARGV;
            """;

    private static List<String> words(Bundle bundle, String id, String... options)
    {
        bundle.process("echo", "hello").write();
        List<String> words = new java.util.ArrayList<>(List.of(options));
        words.addAll(List.of("run", "--bundle", bundle.folder().toString(), id));
        return words;
    }

    @Test
    void detailsTellWhatEachPartyDidInOrder(Jrunc jrunc, Bundle bundle)
    {
        Outcome outcome = jrunc.run(words(bundle, jrunc.id("debug"), "--debug").toArray(String[]::new)).expectSuccess();
        assertThat(outcome.out()).isEqualTo("hello\n");
        assertThat(outcome.err()).contains("level=debug");
        assertThat(outcome.err()).containsSubsequence("launcher: done: ", "clone", "init: done: ", "pivot_root", "init: done: announce");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aContainersNamesDoNotCommandTheTerminalOfWhoReadsThem(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("names");
        String name = "/bin/a\033[2J\u202eb";
        Outcome outcome = jrunc.runBundle(id, bundle.process(name)).expectExit(1).expectFailure("/bin/a\\x1b[2J\\u202eb", "no such file or directory");
        assertThat(outcome.err()).doesNotContain("\033", "\u202e");
        Outcome plain = jrunc.run("--log", jrunc.folder().resolve("log").toString(), "run", "--bundle", bundle.folder().toString(), id).expectExit(1);
        assertThat(plain.err()).contains("/bin/a\\x1b[2J\\u{202e}b").doesNotContain("\033", "\u202e");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** The launcher may not adopt orphans, and for the init there are no keyrings, which it alone finds out. */
    @Test
    void whatLauncherAndInitDoWithoutIsAWarningWithItsLevel(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "needs x86_64, whose calls the filter names");
        Path log = jrunc.folder().resolve("log");
        List<String> words = words(bundle, jrunc.id("without"), "--log", log.toString(), "--log-format", "json");
        // A resident engine does not serve who is confined otherwise than itself.
        jrunc.environment("JRUNC_ENGINE", jrunc.engineElsewhere()).through("perl", "-e", WITHOUT);
        Outcome outcome = jrunc.run(words.toArray(String[]::new)).expectSuccess();
        assertThat(outcome.out()).isEqualTo("hello\n");
        assertThat(outcome.err()).isEmpty();
        assertThat(Files.readAllLines(log)).satisfiesExactlyInAnyOrder(
                line -> assertThat(line).contains("\"level\":\"warning\"", "cannot adopt the container's orphans: prctl PR_SET_CHILD_SUBREAPER: Invalid argument"),
                line -> assertThat(line).contains("\"level\":\"warning\"", "the kernel has no keyrings: the session keyring stays"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void detailsGoToTheLogAndNowhereElse(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = jrunc.folder().resolve("log");
        Outcome outcome = jrunc.run(words(bundle, jrunc.id("log"), "--debug", "--log", log.toString(), "--log-format", "json").toArray(String[]::new))
                .expectSuccess();
        assertThat(outcome.err()).isEmpty();
        JsonMapper json = new JsonMapper();
        for (String line : Files.readAllLines(log)) {
            JsonNode node = json.readTree(line);
            assertThat(node.path("level").asText()).as(line).isEqualTo("debug");
            assertThat(node.path("func").asText()).as(line).doesNotContain("cli.Call");
            assertThat(node.path("msg").asText()).as(line).isNotEmpty();
        }
        assertThat(Files.readString(log)).contains("init: done: ");
    }
}
