package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** pause and resume, and what the other commands say to a paused container. */
@ExtendWith(JruncExtension.class)
class PauseTest
{
    private static String paused(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        var container = jrunc.create(id, bundle.shell("echo ready; while :; do sleep 0.05; done"));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        jrunc.run("pause", id).expectSuccess();
        return id;
    }

    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theProgramStandsStillUntilItIsResumed(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = paused(jrunc, bundle, "still");
        assertThat(jrunc.status(id)).isEqualTo("paused");
        assertThat(jrunc.field(id, "pid")).isNotEqualTo("0");
        // A frozen process is in uninterruptible sleep on cgroup v1 and asleep on v2, never running.
        assertThat(Files.readString(Path.of("/proc/" + jrunc.pid(id) + "/status"))).containsPattern("State:\\s+[DS]");
        jrunc.run("pause", id).expectExit(1).expectFailure("container not running");
        jrunc.run("resume", id).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("running");
        jrunc.run("resume", id).expectExit(1).expectFailure("container not paused");
        gone(jrunc, id);
    }

    @Test
    void whatDoesNotFitAPausedContainerIsRefused(Jrunc jrunc, Bundle bundle)
    {
        String id = paused(jrunc, bundle, "refused");
        jrunc.run("start", id).expectExit(1).expectFailure("cannot start a container in the paused state");
        jrunc.run("exec", id, "true").expectExit(255).expectFailure("cannot exec in a paused container (use --ignore-paused to override)");
        jrunc.run("delete", id).expectExit(1).expectFailure("cannot delete container " + id + " that is not stopped: paused");
        assertThat(jrunc.status(id)).isEqualTo("paused");
        gone(jrunc, id);
    }

    @Test
    void killEndsAPausedContainer(Jrunc jrunc, Bundle bundle)
    {
        String id = paused(jrunc, bundle, "killed");
        jrunc.run("kill", id, "KILL").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("pause", id).expectExit(1).expectFailure("container not running");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aCreatedContainerCanBePausedAndStartedAfterwards(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("early");
        var container = jrunc.create(id, bundle.shell("echo ready; sleep 1000"));
        jrunc.run("pause", id).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("paused");
        jrunc.run("resume", id).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("created");
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        gone(jrunc, id);
    }
}
