package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.nio.file.Files;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** kill and delete of a container without a pid namespace of its own, where no end of a first process takes the others along. */
@ExtendWith(JruncExtension.class)
class KillTest
{
    private static final String CHILD = "(trap 'touch /child' TERM; echo ready; while :; do sleep 0.05; done) &";

    private static String running(Jrunc jrunc, Bundle bundle, String name, String script)
    {
        String id = jrunc.id(name);
        Running container = jrunc.create(id, bundle.withoutNamespace("pid").shell(script));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        return id;
    }

    private static void awaitNobody(Jrunc jrunc, String id)
    {
        jrunc.await("the end of every process of " + id, () -> Host.processes(id).isEmpty());
    }

    @Test
    void sigkillReachesEveryProcessAndOtherSignalsTheFirstOne(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle.writable(), "all", "trap 'touch /first' TERM; " + CHILD + " while :; do sleep 0.05; done");
        jrunc.run("kill", id, "TERM").expectSuccess();
        jrunc.await("the first process to be told", () -> Files.exists(bundle.rootfs().resolve("first")));
        jrunc.run("kill", id, "KILL").expectSuccess();
        awaitNobody(jrunc, id);
        assertThat(bundle.rootfs().resolve("child")).doesNotExist();
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void sigkillReachesThoseWhoAreLeftWhenTheFirstHasGone(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "left", CHILD);
        jrunc.awaitStatus(id, "stopped");
        assertThat(Host.processes(id)).isNotEmpty();
        jrunc.run("kill", id, "TERM").expectExit(1).expectFailure("container not running");
        jrunc.run("kill", id, "KILL").expectSuccess();
        awaitNobody(jrunc, id);
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
