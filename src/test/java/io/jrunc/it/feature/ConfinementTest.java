package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits and filters, of processes that are not root and of hooks. */
@ExtendWith(JruncExtension.class)
class ConfinementTest
{
    private static void forbidMkdir(ObjectNode linux)
    {
        ObjectNode filter = linux.putObject("seccomp").put("defaultAction", "SCMP_ACT_ALLOW");
        ObjectNode rule = filter.putArray("syscalls").addObject().put("action", "SCMP_ACT_KILL_PROCESS");
        rule.putArray("names").add("mkdir").add("mkdirat");
    }

    @Test
    void aUserOfTheContainerHasTheLimitsOfTheBundle(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process/user", user -> user.put("uid", 1000).put("gid", 1000)).shell("ulimit -Sn; ulimit -Hn");
        assertThat(jrunc.runBundle(jrunc.id("limits"), bundle).expectSuccess().out()).isEqualTo("1024\n1024\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFilterLoadsUnderNoNewPrivileges(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux", ConfinementTest::forbidMkdir).shell("echo before; exec mkdir /tmp/x");
        assertThat(jrunc.runBundle(jrunc.id("filter"), bundle).expectExit(159).out()).isEqualTo("before\n");
    }

    /** A filter that is loaded before the program's words are sent lets the init read small frames only. */
    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "true, true"})
    void aLargeEnvironmentComesThroughAFilter(boolean noNewPrivileges, boolean hook, Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux", ConfinementTest::forbidMkdir).edit("/process", process -> process.put("noNewPrivileges", noNewPrivileges)).shell("echo ${#A} ${#B} ${#C}; exec mkdir /tmp/x");
        for (String name : List.of("A", "B", "C")) {
            ((ArrayNode) bundle.config().at("/process/env")).add(name + "=" + "x".repeat(70_000));
        }
        if (hook) {
            bundle.config().putObject("hooks").putArray("startContainer").addObject().put("path", "/bin/true");
        }
        assertThat(jrunc.runBundle(jrunc.id("large"), bundle).expectExit(159).out()).isEqualTo("70000 70000 70000\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aHookInTheContainersTreeIsUnderItsFilter(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux", ConfinementTest::forbidMkdir).process("echo", "never");
        ObjectNode hook = bundle.config().putObject("hooks").putArray("startContainer").addObject().put("path", "/bin/mkdir");
        hook.putArray("args").add("mkdir").add("/dev/shm/x");
        String id = jrunc.id("hook");
        var outcome = jrunc.runBundle(id, bundle).expectFailure("error running startContainer hook #0: signal: bad system call");
        assertThat(outcome.out()).isEmpty();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
