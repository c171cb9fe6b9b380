package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two commands at the same time on one container: each pair has a defined answer, ends soon, and leaves nothing behind. */
@ExtendWith(JruncExtension.class)
class CommandPairsTest
{
    /** In the modes with a resident engine; half as many when each command starts one. */
    private static final int ROUNDS = 4;
    private static final String FOREVER = "echo ready; while :; do sleep 1; done";
    private static final String GONE = "container does not exist";

    private static int rounds(Jrunc jrunc)
    {
        return jrunc.engine().equals("off") ? ROUNDS / 2 : ROUNDS;
    }

    /** Starts both, the second one first in every other round, and waits for both. */
    private static List<Outcome> both(Jrunc jrunc, int round, List<String> first, List<String> second)
    {
        List<Running> started = new ArrayList<>();
        for (List<String> words : round % 2 == 0 ? List.of(first, second) : List.of(second, first)) {
            started.add(jrunc.start(words.toArray(String[]::new)));
        }
        List<Outcome> ended = started.stream().map(command -> command.awaitDetached(ofSeconds(20))).toList();
        return round % 2 == 0 ? ended : ended.reversed();
    }

    private static void successOr(Outcome outcome, String... words)
    {
        if (outcome.exit() != 0) {
            assertThat(Stream.of(words)).as("%s", outcome).anyMatch(outcome.err()::contains);
        }
    }

    private static String created(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        jrunc.create(id, bundle.shell(FOREVER));
        return id;
    }

    private static String running(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        Running container = jrunc.create(id, bundle.shell(FOREVER));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        return id;
    }

    private static void away(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void createAndCreate(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell(FOREVER).write();
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = jrunc.id("twice");
            List<String> create = List.of("create", "--bundle", bundle.folder().toString(), id);
            List<Outcome> ended = both(jrunc, round, create, create);
            assertThat(ended.stream().filter(outcome -> outcome.exit() == 0)).hasSize(1);
            ended.stream().filter(outcome -> outcome.exit() != 0).forEach(loser -> loser.expectFailure("already exists"));
            assertThat(jrunc.status(id)).isEqualTo("created");
            away(jrunc, id);
        }
    }

    @Test
    void startAndStart(Jrunc jrunc, Bundle bundle)
    {
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = created(jrunc, bundle, "started");
            List<Outcome> ended = both(jrunc, round, List.of("start", id), List.of("start", id));
            assertThat(ended.stream().filter(outcome -> outcome.exit() == 0)).hasSize(1);
            ended.stream().filter(outcome -> outcome.exit() != 0).forEach(loser -> loser.expectFailure("cannot start an already running container"));
            away(jrunc, id);
        }
    }

    @Test
    void createAndDeleteForce(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell(FOREVER).write();
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = jrunc.id("undone");
            List<Outcome> ended = both(jrunc, round, List.of("create", "--bundle", bundle.folder().toString(), id), List.of("delete", "--force", id));
            ended.get(1).expectSuccess();
            successOr(ended.get(0), "ended while it was being set up", GONE);
            away(jrunc, id);
        }
    }

    @Test
    void startAndDeleteForce(Jrunc jrunc, Bundle bundle)
    {
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = created(jrunc, bundle, "short");
            List<Outcome> ended = both(jrunc, round, List.of("start", id), List.of("delete", "--force", id));
            successOr(ended.get(0), GONE, "cannot start a container that has stopped", "container process is already dead");
            ended.get(1).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void execAndDeleteForce(Jrunc jrunc, Bundle bundle)
    {
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = running(jrunc, bundle, "joined");
            List<Outcome> ended = both(jrunc, round, List.of("exec", id, "sleep", "1000"), List.of("delete", "--force", id));
            if (ended.get(0).exit() != 137) {
                ended.get(0).expectExit(255);
                successOr(ended.get(0), GONE, "cannot exec in a stopped container", "ended while it was being set up");
            }
            ended.get(1).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void killAndDelete(Jrunc jrunc, Bundle bundle)
    {
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = running(jrunc, bundle, "killed");
            List<Outcome> ended = both(jrunc, round, List.of("kill", id, "KILL"), List.of("delete", id));
            successOr(ended.get(0), GONE, "container not running");
            successOr(ended.get(1), "that is not stopped: running");
            away(jrunc, id);
        }
    }

    @Test
    void pauseAndKill(Jrunc jrunc, Bundle bundle)
    {
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = running(jrunc, bundle, "frozen");
            List<Outcome> ended = both(jrunc, round, List.of("pause", id), List.of("kill", id, "KILL"));
            successOr(ended.get(0), "container not running");
            ended.get(1).expectSuccess();
            away(jrunc, id);
        }
    }

    @Test
    void pauseAndResume(Jrunc jrunc, Bundle bundle)
    {
        for (int round = 0; round < rounds(jrunc); round++) {
            String id = running(jrunc, bundle, "thawed");
            List<Outcome> ended = both(jrunc, round, List.of("pause", id), List.of("resume", id));
            ended.get(0).expectSuccess();
            successOr(ended.get(1), "container not paused");
            away(jrunc, id);
        }
    }

    @Test
    void stateAndListWhileContainersComeAndGo(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell(FOREVER).write();
        String id = jrunc.id("fleeting");
        for (int round = 0; round < rounds(jrunc); round++) {
            Running create = jrunc.start("create", "--bundle", bundle.folder().toString(), id);
            List<Running> watchers = Stream.of(List.of("state", id), List.of("list", "-q"), List.of("list"), List.of("state", id))
                    .map(words -> jrunc.start(words.toArray(String[]::new))).toList();
            create.awaitDetached(ofSeconds(20)).expectSuccess();
            Running delete = jrunc.start("delete", "--force", id);
            List<Running> more = Stream.of(List.of("list", "-f", "json"), List.of("state", id)).map(words -> jrunc.start(words.toArray(String[]::new))).toList();
            for (Running each : Stream.concat(watchers.stream(), more.stream()).toList()) {
                Outcome outcome = each.await(ofSeconds(20));
                if (outcome.command().contains("list")) {
                    // In the first round the state root may not be there yet.
                    successOr(outcome, "no such file or directory");
                    assertThat(outcome.err()).doesNotContain("load container");
                }
                else {
                    successOr(outcome, GONE);
                }
            }
            delete.await(ofSeconds(20)).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }
}
