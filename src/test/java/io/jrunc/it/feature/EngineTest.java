package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The resident engine: who starts it, whom it serves, when it leaves. Each test sets its own modes, so once is enough. */
@DisabledIfSystemProperty(named = "jrunc.engine", matches = "off", disabledReason = "done in the other half of the suite")
@ExtendWith(JruncExtension.class)
class EngineTest
{
    /** Below what the JVM may have, with the garbage of a few commands in it. */
    private static final long HEAP_KIB = 24 * 1024;

    private final PrivateDist dist = PrivateDist.create();

    @AfterEach
    void away()
    {
        dist.close();
    }

    private Outcome run(String mode, Bundle bundle)
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), mode)) {
            Outcome outcome = jrunc.runBundle(jrunc.id("run"), bundle);
            assertThat(jrunc.leftovers()).isEmpty();
            return outcome;
        }
    }

    @Test
    void autoStartsOneOffNeverRequireOnlyUsesIt(Bundle bundle)
    {
        bundle.process("true");
        run("off", bundle).expectSuccess();
        assertThat(dist.engine()).isEmpty();
        run("require", bundle).expectExit(1).expectFailure("no resident engine answered");
        run("auto", bundle).expectSuccess();
        ProcessHandle engine = dist.engine().orElseThrow();
        run("require", bundle).expectSuccess();
        run("auto", bundle).expectSuccess();
        assertThat(dist.engine()).contains(engine);
        run("sometimes", bundle).expectExit(1).expectFailure("JRUNC_ENGINE must be auto, off or require, not sometimes");
    }

    /** A manager removes its groups when the container has gone, and may kill who is still inside. */
    @Test
    void theEngineLeavesTheCgroupsOfTheCommandThatStartedIt(Jrunc names) throws IOException
    {
        List<Path> groups = Host.delegate(names.id("starter"), 0);
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            // A cpuset would have to be filled first; and what is no cgroup there is an ordinary folder.
            groups.stream().map(group -> group.resolve("caller")).filter(group -> Files.exists(group.resolve("cgroup.procs")) && !Files.exists(group.resolve("cpuset.sched_load_balance")))
                    .forEach(jrunc::inCgroup);
            jrunc.run("--version").expectSuccess();
            String engine = Long.toString(dist.engine().orElseThrow().pid());
            jrunc.await("the engine's way out", () -> !Host.read("/proc/" + engine + "/cgroup").contains("starter"));
        }
        finally {
            Host.removeGroups(groups);
        }
    }

    @Test
    void manyFirstCallersShareOneEngine(Bundle bundle)
    {
        bundle.process("true").write();
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            List<Running> callers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                callers.add(jrunc.start("run", "--bundle", bundle.folder().toString(), jrunc.id("caller" + i)));
            }
            callers.forEach(caller -> caller.await(ofSeconds(30)).expectSuccess());
            assertThat(jrunc.leftovers()).isEmpty();
            // It counts a command when it has let go of it, which its caller does not wait for.
            jrunc.await("six commands", () -> dist.status("commands served").map(Integer::parseInt).orElseThrow() >= 6);
        }
    }

    /** It would see another world than its client: in auto mode a JVM of its own serves it, in require mode nobody. */
    @ParameterizedTest
    @ValueSource(strings = {
        "unshare --mount sh -c",
        "unshare --pid --fork --mount-proc sh -c",
        "unshare --net sh -c",
        "unshare --uts sh -c",
        "setpriv --bounding-set -sys_boot sh -c",
        "setpriv --no-new-privs sh -c",
    })
    void aClientOfAnotherKindIsNotServed(String prefix, Jrunc unused, Bundle bundle)
    {
        List<String> words = new ArrayList<>(List.of(prefix.split(" ")));
        words.add(both(unused));
        notServed(bundle, words);
    }

    @Test
    void norIsOneInAChroot(Jrunc unused, Bundle bundle)
    {
        Path root = unused.folder().resolve("other");
        Host.capture("mkdir", root.toString());
        notServed(bundle, List.of("sh", "-c", "mount --rbind / $0 && mount --make-rprivate $0 && chroot $0 sh -c \"$1\"; umount -l $0", root.toString(), both(unused)));
    }

    private String both(Jrunc unused)
    {
        Host.capture("mkdir", "-p", unused.root().toString());
        String command = dist.runtime() + " --root " + unused.root() + " list -q";
        return "for mode in require auto; do JRUNC_ENGINE=$mode " + command + "; echo $mode $?; done";
    }

    private void notServed(Bundle bundle, List<String> client)
    {
        run("auto", bundle.process("true")).expectSuccess();
        assertThat(Host.capture(client.toArray(String[]::new))).isEqualTo("require 1\nauto 0\n");
    }

    @Test
    void itLeavesWhenNobodyComes(Jrunc jrunc)
    {
        try (PrivateDist hasty = PrivateDist.create("-Djrunc.engine.idle.seconds=2"); Jrunc caller = Jrunc.of(hasty.runtime(), "auto")) {
            List<ProcessHandle> engine = new ArrayList<>();
            jrunc.await("an engine that has not left before it can be asked who it is", () -> {
                caller.run("--version").expectSuccess();
                hasty.engine().ifPresent(engine::add);
                return !engine.isEmpty();
            });
            left(engine.getFirst());
            assertThat(hasty.engineFolder().resolve("engine.sock")).doesNotExist();
        }
    }

    private static void left(ProcessHandle engine)
    {
        assertThat(engine.onExit().orTimeout(120, java.util.concurrent.TimeUnit.SECONDS).join().isAlive()).isFalse();
    }

    @Test
    void itLeavesWhenItsFilesChange(Bundle bundle)
    {
        run("auto", bundle.process("true")).expectSuccess();
        ProcessHandle engine = dist.engine().orElseThrow();
        Path former = dist.engineFolder();
        dist.newBuildId();
        run("auto", bundle).expectSuccess();
        assertThat(dist.engine().orElseThrow()).isNotEqualTo(engine);
        left(engine);
        assertThat(former.resolve("engine.sock")).doesNotExist();
        Host.capture("rm", "-rf", former.toString());
    }

    /** The first was killed; the second is still there; the third starts, and finds both. */
    @Test
    void theDirectoriesOfEnginesThatAreGoneAreRemovedByTheNext(Jrunc names)
    {
        try (PrivateDist first = PrivateDist.create(); PrivateDist second = PrivateDist.create(); PrivateDist third = PrivateDist.create()) {
            ProcessHandle gone = started(first);
            gone.destroyForcibly();
            left(gone);
            ProcessHandle stays = started(second);
            names.await("the folder to go", () -> !Files.exists(first.engineFolder()));
            started(third);
            assertThat(second.engine()).contains(stays);
        }
    }

    private static ProcessHandle started(PrivateDist dist)
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            jrunc.run("--version").expectSuccess();
        }
        return dist.engine().orElseThrow();
    }

    @Test
    void stopEndsItOnceItsCommandsAreDone(Bundle bundle) throws IOException
    {
        bundle.shell("echo ready; read x; exit 9");
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            Running run = jrunc.startRun(jrunc.id("long"), bundle).awaitOutput("ready");
            ProcessHandle engine = dist.engine().orElseThrow();
            jrunc.run("engine", "stop").expectSuccess();
            run.stdin().close();
            assertThat(run.awaitExit(ofSeconds(20))).isEqualTo(9);
            left(engine);
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void aSilentClientKeepsNobodyWaiting(Bundle bundle) throws IOException
    {
        run("auto", bundle.process("true")).expectSuccess();
        // Where everybody waited until the engine gives the silent one up, he would have been given up each time.
        List<String> silent = new ArrayList<>();
        do {
            silent.add(besidesASilentOne(bundle));
        }
        while (!silent.getLast().equals("waits") && silent.size() < 20);
        assertThat(silent).last().isEqualTo("waits");
    }

    /** Runs something while a client is connected that says nothing, in the engine's own kind of socket. @return what that client has heard of the engine by then */
    private String besidesASilentOne(Bundle bundle) throws IOException
    {
        String script = "socket(S, AF_UNIX, SOCK_SEQPACKET, 0); connect(S, sockaddr_un($ARGV[0])) or die; $| = 1; print qq(connected\\n); <STDIN>;"
                + " print defined(recv(S, my $b, 100, MSG_DONTWAIT)) ? qq(given up\\n) : qq(waits\\n)";
        Process silent = new ProcessBuilder("perl", "-MSocket", "-e", script, dist.engineFolder().resolve("engine.sock").toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            assertThat(silent.inputReader().readLine()).isEqualTo("connected");
            run("require", bundle).expectSuccess();
            silent.getOutputStream().close();
            return silent.inputReader().readLine();
        }
        finally {
            silent.destroyForcibly();
        }
    }

    /** What a container's process runs from; each is for one. */
    @Test
    void theNextCopyOfTheShimIsReadyWhenACommandHasEnded(Bundle bundle) throws IOException
    {
        bundle.process("true").write();
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            for (String taken : List.of("run", "run")) {
                jrunc.run(taken, "--bundle", bundle.folder().toString(), jrunc.id("next")).expectSuccess();
                awaitCopy(jrunc);
            }
            jrunc.run("list").expectSuccess();
            Object ready = awaitCopy(jrunc);
            String id = jrunc.id("taken");
            jrunc.create(id, bundle);
            assertThat(Files.getAttribute(Path.of("/proc/" + jrunc.pid(id) + "/exe"), "unix:ino")).as("what it runs from").isEqualTo(ready);
            assertThat(awaitCopy(jrunc)).isNotEqualTo(ready);
            jrunc.run("delete", "--force", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** Its inode. */
    private Object awaitCopy(Jrunc jrunc)
    {
        Path fds = Path.of("/proc/" + dist.engine().orElseThrow().pid() + "/fd");
        List<Object> copies = new ArrayList<>();
        jrunc.await("the engine's copy of the shim", () -> {
            copies.clear();
            copies.addAll(Host.inodes(fds, "/memfd:jrunc-init"));
            return copies.size() == 1;
        });
        return copies.getFirst();
    }

    @Test
    void twoHundredRunsLeaveItAsItWas(Bundle bundle)
    {
        bundle.process("true").write();
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            for (int i = 0; i < 10; i++) {
                runs(jrunc, bundle, 4);
            }
            Path engine = Path.of("/proc/" + dist.status("pid").orElseThrow());
            awaitCopy(jrunc);
            int descriptors = Host.count(engine.resolve("fd"));
            int threads = Host.count(engine.resolve("task"));
            for (int i = 0; i < 40; i++) {
                runs(jrunc, bundle, 5);
            }
            jrunc.await("the engine's descriptors", () -> Host.count(engine.resolve("fd")) <= descriptors);
            // Threads wait for more callers for a minute; as many as served at once, and some that compile come and go.
            jrunc.await("the engine's threads", () -> Host.count(engine.resolve("task")) <= threads + 15);
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void sixtyExecsLeaveItAndTheContainerAsTheyWere(Bundle bundle)
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            String id = jrunc.id("execs");
            jrunc.create(id, bundle.process("sleep", "1000"));
            jrunc.run("start", id).expectSuccess();
            execs(jrunc, id, 10);
            ProcessHandle engine = dist.engine().orElseThrow();
            Path init = Path.of("/proc/" + jrunc.pid(id) + "/fd");
            Path fds = Path.of("/proc/" + engine.pid() + "/fd");
            awaitCopy(jrunc);
            int ofInit = Host.count(init);
            int ofEngine = Host.count(fds);
            execs(jrunc, id, 60);
            jrunc.await("the engine's descriptors", () -> Host.count(fds) <= ofEngine);
            assertThat(Host.count(init)).isEqualTo(ofInit);
            assertThat(engine.children()).as("zombies count").isEmpty();
            assertThat(jrunc.run("exec", id, "ps", "-o", "args").expectSuccess().out().lines()).containsExactly("COMMAND", "sleep 1000", "ps -o args");
            List<String> cgroups = Host.cgroups(id);
            assertThat(cgroups).isNotEmpty().allSatisfy(folder -> assertThat(Host.read(folder + "/cgroup.procs").lines()).containsExactly(Integer.toString(jrunc.pid(id))));
            assertThat(heapKib()).isLessThan(HEAP_KIB);
            jrunc.run("delete", "--force", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    private long heapKib()
    {
        return Long.parseLong(dist.status("heap used").orElseThrow().split(" ")[0]);
    }

    private static void execs(Jrunc jrunc, String id, int count)
    {
        for (int i = 0; i < count; i++) {
            jrunc.run("exec", id, "sh", "-c", "exit " + i).expectExit(i);
        }
    }

    private static void runs(Jrunc jrunc, Bundle bundle, int atOnce)
    {
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < atOnce; i++) {
            running.add(jrunc.start("run", "--bundle", bundle.folder().toString(), jrunc.id("r" + i)));
        }
        running.forEach(each -> each.await(ofSeconds(30)).expectSuccess());
    }
}
