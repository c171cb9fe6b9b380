package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What managers read out of a failure: they have nothing else to choose an exit code of their own by. */
@ExtendWith(JruncExtension.class)
class ManagerWordsTest
{
    /** Both ignore case. */
    private static final Pattern PODMAN_DENIED = Pattern.compile("(?i).*permission denied.*|.*operation not permitted.*");
    private static final Pattern PODMAN_NOT_FOUND = Pattern.compile("(?i).*executable file not found in.*|.*no such file or directory.*");

    private static Bundle withFiles(Bundle bundle) throws IOException
    {
        Files.writeString(bundle.rootfs().resolve("plain"), "not a program");
        return bundle;
    }

    /** The text of the failure as the log has it last, by the command line that conmon and containerd's shim use. */
    private static String failure(Jrunc jrunc, Bundle bundle, String program) throws IOException
    {
        Path log = Files.createTempFile(jrunc.folder(), "log", ".json");
        bundle.process(program).write();
        Outcome outcome = jrunc.start("--log-format=json", "--log", log.toString(), "create", "--bundle", bundle.folder().toString(), "--pid-file", jrunc.folder().resolve("pid").toString(),
                jrunc.id("words")).await(ofSeconds(60)).expectExit(1);
        List<String> lines = Files.readAllLines(log);
        JsonNode last = new JsonMapper().readTree(lines.getLast());
        assertThat(last.path("level").asText()).isEqualTo("error");
        assertThat(java.time.OffsetDateTime.parse(last.path("time").asText())).isNotNull();
        String message = last.path("msg").asText();
        assertThat(outcome.err()).as("on standard error, too").contains(message.lines().findFirst().orElseThrow());
        assertThat(message).contains(program);
        assertThat(jrunc.folder().resolve("pid")).doesNotExist();
        return message;
    }

    @Test
    void dockerChoosesBetween126And127(Jrunc jrunc, Bundle bundle) throws IOException
    {
        withFiles(bundle);
        for (String absent : List.of("no-such-program", "/no/such/program")) {
            String words = failure(jrunc, bundle, absent).toLowerCase(Locale.ROOT);
            assertThat(words.contains("executable file not found") || words.contains("no such file or directory")).as("127 for: %s", words).isTrue();
            assertThat(words).as("that would be 126").doesNotContain("permission denied");
        }
        assertThat(failure(jrunc, bundle, "/plain").toLowerCase(Locale.ROOT)).as("126").contains("permission denied").doesNotContain("no such file or directory", "executable file not found");
        assertThat(failure(jrunc, bundle, "/etc").toLowerCase(Locale.ROOT)).as("126").contains("is a directory").doesNotContain("no such file or directory", "executable file not found");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Nothing else of the caller's environment, not even a PATH; and limits in a file. */
    @Test
    void podmanGivesNothingButTheRuntimeDirectory(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path runtime = Files.createDirectory(jrunc.folder().resolve("run"));
        String id = jrunc.id("bare");
        bundle.shell("trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done").write();
        jrunc.through("env", "-i", "XDG_RUNTIME_DIR=" + runtime, "JRUNC_ENGINE=" + jrunc.engine());
        Running container = jrunc.create(id, bundle);
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        assertThat(jrunc.status(id)).isEqualTo("running");
        if (Host.hasController("pids")) {
            Path limits = Files.writeString(jrunc.folder().resolve("limits"), "{\"pids\": {\"limit\": 44}}");
            jrunc.run("update", "-r", limits.toString(), id).expectSuccess();
            assertThat(Host.cgroups(id).stream().map(cgroup -> Host.text(cgroup + "/pids.max"))).contains("44\n");
        }
        jrunc.run("kill", id, "15").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void podmanTellsWhatIsNotThereFromWhatIsNotAllowed(Jrunc jrunc, Bundle bundle) throws IOException
    {
        withFiles(bundle);
        for (String absent : List.of("no-such-program", "/no/such/program")) {
            String first = failure(jrunc, bundle, absent);
            assertThat(PODMAN_DENIED.matcher(first).find()).as("asked first: %s", first).isFalse();
            assertThat(PODMAN_NOT_FOUND.matcher(first).find()).as(first).isTrue();
        }
        assertThat(PODMAN_DENIED.matcher(failure(jrunc, bundle, "/plain")).find()).isTrue();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
