package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two commands at once: each pair has a defined answer. */
@ExtendWith(JruncExtension.class)
class ConcurrencyTest
{
    private static final int KILLED = 128 + 9;

    @Test
    void runTellsHowTheProgramEndedWhenAnotherCommandDeletedIt(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("echo ready; sleep 1000");
        String id = jrunc.id("deleted");
        Running run = jrunc.startRun(id, bundle);
        run.awaitOutput("ready");
        jrunc.run("delete", "--force", id).expectSuccess();
        Outcome outcome = run.await(ofSeconds(20));
        outcome.expectExit(KILLED);
        assertThat(outcome.err()).isEmpty();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void collectingGarbageNeverTakesAContainerThatIsBeingMade(Jrunc jrunc, Bundle bundle)
    {
        bundle.process("true").write();
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Void> collector = CompletableFuture.runAsync(() -> {
            while (!enough.get()) {
                jrunc.run("gc").expectSuccess();
            }
        });
        try {
            for (int i = 0; i < 40; i++) {
                jrunc.runBundle(jrunc.id("made" + i), bundle).expectSuccess();
            }
        }
        finally {
            enough.set(true);
        }
        collector.join();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void deletingAStoppedContainerSparesAnotherOneInTheSameCgroup(Jrunc jrunc, Bundle bundle)
    {
        bundle.config().withObject("/linux").put("cgroupsPath", "/" + jrunc.id("shared"));
        bundle.process("sleep", "1000");
        String first = jrunc.id("first");
        jrunc.create(first, bundle);
        jrunc.run("kill", first, "KILL").expectSuccess();
        jrunc.awaitStatus(first, "stopped");
        String second = jrunc.id("second");
        jrunc.create(second, bundle);
        jrunc.run("start", second).expectSuccess();
        jrunc.run("delete", first).expectFailure("failed to remove the cgroup");
        assertThat(jrunc.status(second)).isEqualTo("running");
        jrunc.run("delete", "--force", second).expectSuccess();
        jrunc.run("delete", "--force", first).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
