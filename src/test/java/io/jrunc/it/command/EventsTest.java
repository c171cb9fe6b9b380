package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class EventsTest
{
    private static final Duration SOON = Duration.ofSeconds(20);

    private static String sleeping(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        return id;
    }

    @Test
    void oneRecordOfStatistics(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = sleeping(jrunc, bundle, "stats");
        Outcome outcome = jrunc.run("events", "--stats", id).expectSuccess();
        assertThat(outcome.out()).startsWith("{\"type\":\"stats\",\"id\":\"" + id + "\",\"data\":{").endsWith("}\n").hasLineCount(1);
        JsonNode data = new JsonMapper().readTree(outcome.out()).path("data");
        assertThat(data.path("pids").path("current").asInt()).isEqualTo(1);
        assertThat(data.path("cpu").path("usage").has("user")).isTrue();
        assertThat(data.path("intel_rdt")).hasToString("{}");
        jrunc.run("delete", "--force", id).expectSuccess();
    }

    @Test
    void anOutOfMemoryKillIsTold(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Files.isDirectory(Path.of("/sys/fs/cgroup/memory")), "needs the memory controller of cgroup v1");
        String id = jrunc.id("oom");
        bundle.edit("/linux/resources", resources -> resources.putObject("memory").put("limit", 4 << 20)).writable();
        // The victim is not the first process: the container goes on.
        Running container = jrunc.create(id, bundle.shell("mkfifo /go; echo ready; read go </go; tail -c 64m /dev/zero; echo survived; sleep 1000"));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        Running events = jrunc.start("events", "--interval", "50ms", id).awaitOutput("\"type\":\"stats\"");
        Files.writeString(bundle.rootfs().resolve("go"), "go\n");
        events.awaitOutput("{\"type\":\"oom\",\"id\":\"" + id + "\"}\n");
        container.awaitOutput("survived");
        jrunc.run("delete", "--force", id).expectSuccess();
        events.await(SOON).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aRecordThatCannotBeMadeIsAWarningAndTheStreamGoesOn(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Host.hasController("pids"), "needs the cgroup controller pids");
        String id = sleeping(jrunc, bundle, "unread");
        String cgroup = Host.cgroups(id).stream().filter(path -> Files.exists(Path.of(path, "pids.current"))).findFirst().orElseThrow();
        Running events = jrunc.start("--debug", "events", "--interval", "50ms", id).awaitOutput("\"type\":\"stats\"");
        // What is mounted over a cgroup is not one: jrunc does not go in.
        Host.capture("mount", "--bind", jrunc.folder().toString(), cgroup);
        try {
            jrunc.await("the warning", () -> events.errors().contains("no statistics of container \\\"" + id + "\\\" this time: "));
        }
        finally {
            Host.unmount(Path.of(cgroup));
        }
        int length = events.output().length();
        jrunc.await("the next record", () -> events.output().length() > length);
        jrunc.run("delete", "--force", id).expectSuccess();
        events.await(SOON).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theStreamEndsWithTheContainer(Jrunc jrunc, Bundle bundle)
    {
        String id = sleeping(jrunc, bundle, "stream");
        Running events = jrunc.start("events", "--interval", "50ms", id).awaitOutput("\"type\":\"stats\"");
        jrunc.run("delete", "--force", id).expectSuccess();
        events.await(SOON).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theStreamEndsWithItsReader(Jrunc jrunc, Bundle bundle)
    {
        String id = sleeping(jrunc, bundle, "reader");
        Running events = jrunc.start("events", "--interval", "1h", id);
        jrunc.run("events", "--stats", id).expectSuccess();
        events.process().destroy();
        assertThat(events.awaitExit(SOON)).isEqualTo(143);
        assertThat(jrunc.status(id)).isEqualTo("running");
        jrunc.run("delete", "--force", id).expectSuccess();
    }

    @Test
    void thereIsNothingToSeeOfAStoppedContainer(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("stopped");
        jrunc.create(id, bundle.process("true"));
        jrunc.run("start", id).expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("events", "--stats", id).expectFailure("container with id " + id + " is not running");
        jrunc.run("events", "--interval", "0s", id).expectFailure("duration interval must be greater than 0");
        jrunc.run("delete", id).expectSuccess();
    }
}
