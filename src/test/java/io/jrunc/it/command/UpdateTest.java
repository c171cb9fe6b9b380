package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class UpdateTest
{
    private static String created(Jrunc jrunc, Bundle bundle, String name)
    {
        assumeTrue(Host.hasController("pids"), "needs the cgroup controller pids");
        String id = jrunc.id(name);
        jrunc.create(id, bundle.process("sleep", "1000").edit("/linux/resources/pids", pids -> pids.put("limit", 20)));
        return id;
    }

    private static String value(String id, String file) throws IOException
    {
        for (String cgroup : Host.cgroups(id)) {
            if (Files.exists(Path.of(cgroup, file))) {
                return Files.readString(Path.of(cgroup, file)).strip();
            }
        }
        throw new AssertionError("no " + file + " in any cgroup of " + id);
    }

    @Test
    void optionsChangeWhatTheyName(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = created(jrunc, bundle, "options");
        assertThat(value(id, "pids.max")).isEqualTo("20");
        jrunc.run("update", "--pids-limit", "33", id).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("33");
        jrunc.run("update", "--pids-limit", "-1", id).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("max");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFileOrStandardInputHasTheFormOfTheConfiguration(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = created(jrunc, bundle, "file");
        Path file = Files.writeString(jrunc.folder().resolve("limits.json"), "{\"pids\": {\"limit\": 44}}");
        jrunc.run("update", "--resources", file.toString(), id).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("44");

        Running update = jrunc.start("update", "-r", "-", id);
        update.stdin().write("{\"pids\": {\"limit\": 55}}".getBytes(StandardCharsets.UTF_8));
        update.stdin().close();
        update.await(Duration.ofSeconds(20)).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("55");
        jrunc.run("delete", "--force", id).expectSuccess();
    }

    @Test
    void whatIsWrongIsSaidAndChangesNothing(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = created(jrunc, bundle, "wrong");
        jrunc.run("update", "--memory", "lots", id).expectFailure("invalid value for memory: ");
        Path file = Files.writeString(jrunc.folder().resolve("limits.json"), "{\"pids\": {\"limit\": \"many\"}}");
        jrunc.run("update", "-r", file.toString(), id).expectFailure("pids.limit");
        jrunc.run("update", "--pids-limit", "30", "--l3-cache-schema", "L3:0=f", id).expectFailure("was made without linux.intelRdt");
        jrunc.run("update", "--pids-limit", "30", "--mem-bw-schema", "MB:0=50", id).expectFailure("was made without linux.intelRdt");
        assertThat(value(id, "pids.max")).isEqualTo("20");
        jrunc.run("delete", "--force", id).expectSuccess();
        jrunc.run("update", "--pids-limit", "3", id).expectFailure("container does not exist");
    }

    @Test
    void aStoppedContainerHasNoLimitsToChange(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("stopped");
        jrunc.create(id, bundle.process("true"));
        jrunc.run("start", id).expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("update", "--pids-limit", "3", id).expectFailure("container not running");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
