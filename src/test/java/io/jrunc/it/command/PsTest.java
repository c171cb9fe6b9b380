package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class PsTest
{
    private static String running(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        var container = jrunc.create(id, bundle.shell("sleep 4711 & echo ready; wait"));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        return id;
    }

    @Test
    void theTableHasTheHeaderAndTheContainersProcessesOnly(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "table");
        String[] lines = jrunc.run("ps", id).expectSuccess().out().split("\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[0].strip()).startsWith("UID").endsWith("CMD");
        assertThat(lines[1]).contains(" " + jrunc.pid(id) + " ");
        assertThat(lines[2]).contains(" " + jrunc.pid(id) + " ", "sleep 4711");
        assertThat(jrunc.run("ps", "--format", "table", id, "-o", "pid,args").expectSuccess().out().strip()).startsWith("PID COMMAND\n").contains("sleep 4711");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void jsonIsAnArrayOfNumbers(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "json");
        assertThat(jrunc.run("ps", "-f", "json", id).expectSuccess().out()).matches("\\[" + jrunc.pid(id) + ",\\d+]\n");
        jrunc.run("ps", "-f", "yaml", id).expectExit(1).expectFailure("invalid format option");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void withoutAColumnOfPidsNothingCanBeFound(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "column");
        jrunc.run("ps", id, "-o", "args").expectExit(1).expectFailure("couldn't find PID field in ps output");
        jrunc.run("ps", id, "--no-such-option").expectExit(1).expectFailure("exit status 1: ", "option");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aStoppedContainerHasNone(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("stopped");
        jrunc.runBundle(id, bundle.process("true"), "--keep").expectSuccess();
        assertThat(jrunc.run("ps", "-f", "json", id).expectSuccess().out()).isEqualTo("null\n");
        assertThat(jrunc.run("ps", id).expectSuccess().out().lines()).hasSize(1);
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
