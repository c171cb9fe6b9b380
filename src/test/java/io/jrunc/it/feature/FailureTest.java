package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every step of a plain {@code run} fails, crashes, is killed or hangs, one after the other, by the shim's test build: the error is the
 * right one and nothing is left.
 */
@ExtendWith(JruncExtension.class)
class FailureTest
{
    /** Runs at the same time: a hang costs time, not processor. */
    private static final int AT_ONCE = 6;
    private static final int MOST_STEPS = 200;
    private static final Pattern PLANNED = Pattern.compile("^ +\\d+ (init|launcher) +([a-z_]+)", Pattern.MULTILINE);
    private static final Pattern NAMED = Pattern.compile("step \\\\*\"([a-z_]+)");

    private static PrivateDist dist;
    /** Gives a step three seconds, which each one that hangs takes, and no other even on a busy machine. */
    private static PrivateDist hasty;

    /** Its one-shot engines stay: they are to be there when a test ends them. */
    private static PrivateDist patient;

    private record Walked(int step, Outcome outcome, List<String> leftovers)
    {
        boolean beyondTheEnd()
        {
            return outcome.exit() == 0;
        }

        Optional<String> named()
        {
            Matcher matcher = NAMED.matcher(outcome.err());
            return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
        }
    }

    @BeforeAll
    static void build()
    {
        dist = PrivateDist.withFaults();
        hasty = PrivateDist.withFaults("-Djrunc.deadline.step.seconds=3");
        patient = PrivateDist.withFaults("-Djrunc.engine.linger.seconds=600");
    }

    @AfterAll
    static void away()
    {
        dist.close();
        hasty.close();
        patient.close();
    }

    @ParameterizedTest
    @CsvSource({
        "EIO, input/output error, 255",
        "crash, the container's init ended while it was being set up: killed by signal 4, 132",
        "kill, the container's init ended while it was being set up: exit status 137, 137",
        "hang, the container's init hangs in step, 1",
    })
    void atEveryStepOfTheInit(String what, String words, int exitFromTheExec, Jrunc jrunc, Bundle bundle) throws Exception
    {
        bundle.shell("echo ran").write();
        List<Walked> walked = walk(jrunc, bundle, "init", what);
        for (Walked at : walked) {
            assertThat(at.leftovers()).as("left by %s", at).isEmpty();
            assertThat(at.outcome().out()).as("output of %s", at).isEmpty();
        }
        boolean all = !jrunc.engine().equals("off");
        if (all) {
            // Nobody but the init itself hears of a failure of its exec in time; an end there is that of the program for everybody else.
            Walked exec = walked.removeLast();
            assertThat(exec.outcome().exit()).as("%s", exec).isEqualTo(exitFromTheExec);
        }
        for (Walked at : walked) {
            at.outcome().expectExit(1).expectFailure(words);
        }
        if (all && (what.equals("EIO") || what.equals("hang"))) {
            Set<String> named = walked.stream().map(at -> at.named().orElseThrow(() -> new AssertionError("no step is named: " + at))).collect(Collectors.toSet());
            assertThat(named).containsAll(planned(jrunc, bundle, "init"));
        }
    }

    @ParameterizedTest
    @CsvSource({"EIO, 1", "crash, 132", "kill, 137", "hang, 137"})
    void atEveryStepOfTheLauncher(String what, int exit, Jrunc jrunc, Bundle bundle) throws Exception
    {
        bundle.shell("echo ran").write();
        List<Walked> walked = walk(jrunc, bundle, "launcher", what);
        for (Walked at : walked) {
            assertThat(at.leftovers()).as("left by %s", at).isEmpty();
        }
        // One that cannot even exit is ended.
        walked.removeLast().outcome().expectExit(what.equals("EIO") ? 137 : exit);
        for (Walked at : walked) {
            at.outcome().expectExit(exit);
        }
        if (what.equals("EIO")) {
            Set<String> named = walked.stream().flatMap(at -> at.named().stream()).collect(Collectors.toSet());
            assertThat(named).containsAll(planned(jrunc, bundle, "launcher"));
        }
    }

    @Test
    void theResidentEngineIsAsItWasAfterAllThat(Jrunc jrunc, Bundle bundle)
    {
        assumeFalse(jrunc.engine().equals("off"), "needs a resident engine");
        bundle.shell("echo ran").write();
        at(hasty, "auto", bundle, 0, "");
        Path fds = Path.of("/proc/" + hasty.status("pid").orElseThrow() + "/fd");
        int before = Host.count(fds);
        for (String fault : List.of("init:pivot_root:EIO", "init:exec:crash", "init:mount_tree:kill", "init:mknod:hang", "launcher:clone:EIO", "launcher:clone:kill", "launcher:forward:crash")) {
            assertThat(at(hasty, "auto", bundle, 0, fault).outcome().exit()).as(fault).isNotZero();
        }
        jrunc.await("the engine's descriptors", () -> Host.count(fds) <= before);
    }

    @Test
    void aNetworkThatCannotBeMadeAheadIsMadeWithTheProcess(Jrunc jrunc, Bundle bundle)
    {
        assumeFalse(jrunc.engine().equals("off"), "needs a resident engine");
        bundle.shell("ls /sys/class/net").write();
        assertThat(at(dist, "auto", bundle, 0, "").outcome().expectSuccess().out()).isEqualTo("lo\n");
        // The engine takes the next container to be like that one.
        Walked refused = at(dist, "auto", bundle, 0, "launcher:network:EIO");
        assertThat(refused.outcome().expectSuccess().out()).isEqualTo("lo\n");
        assertThat(refused.leftovers()).isEmpty();
        Walked lost = at(dist, "auto", bundle, 0, "launcher:network:kill");
        assertThat(lost.outcome().exit()).as("the engine has asked for it").isEqualTo(137);
        assertThat(lost.leftovers()).isEmpty();
    }

    /** Each step that may be the last thing a command sees of its launcher. */
    @ParameterizedTest
    @ValueSource(strings = {"init:setsid", "init:rootfs", "init:mount_tree", "init:pivot_root", "init:capabilities", "init:announce", "init:exec", "launcher:clone", "launcher:forward"})
    void aLauncherThatIsKilledLeavesItsEngineToUndoTheRest(String step, Jrunc unused, Bundle bundle)
    {
        bundle.shell("echo ran").write();
        try (Jrunc jrunc = Jrunc.of(patient.runtime(), unused.engineElsewhere()).environment("JRUNC_FAULT", step + ":hang")) {
            Running run = jrunc.startRun(jrunc.id("hung"), bundle);
            awaitHang(jrunc, run, step);
            run.process().toHandle().destroyForcibly();
            run.awaitExit(ofSeconds(10));
            assertThat(jrunc.leftoversInTheEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"init:setsid", "init:rootfs", "init:mount_tree", "init:pivot_root", "init:capabilities", "init:announce", "init:exec"})
    void anEngineThatIsKilledLeavesWhatDeleteForceTakesAway(String step, Jrunc unused, Bundle bundle)
    {
        bundle.shell("echo ran").write();
        try (Jrunc jrunc = Jrunc.of(patient.runtime(), unused.engineElsewhere()).environment("JRUNC_FAULT", step + ":hang")) {
            String id = jrunc.id("hung");
            Running run = jrunc.startRun(id, bundle);
            awaitHang(jrunc, run, step);
            engineOf(run).destroyForcibly();
            run.await(ofSeconds(10)).expectExit(1).expectFailure("the engine ended during run; the container's process was killed");
            jrunc.await("the end of the init, which does not outlive its launcher", () -> Host.processes(jrunc.id("")).isEmpty());
            jrunc.environment("JRUNC_FAULT", "");
            if (step.equals("init:setsid") || step.equals("init:rootfs")) {
                jrunc.run("state", id).expectFailure("container does not exist");
            }
            else if (step.equals("init:announce") || step.equals("init:exec")) {
                assertThat(jrunc.status(id)).isEqualTo("stopped");
            }
            // Else the state was saved beside that step, or was about to be.
            jrunc.run(step.equals("init:rootfs") ? new String[] {"gc"} : new String[] {"delete", "--force", id}).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void startSaysThatTheInitDiedInsteadOfExecuting(Jrunc unused, Bundle bundle)
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), unused.engineElsewhere()).environment("JRUNC_FAULT", "init:announce:kill")) {
            String id = jrunc.id("dead");
            jrunc.create(id, bundle.shell("echo ran"));
            assertThat(jrunc.status(id)).isEqualTo("created");
            jrunc.run("start", id).expectExit(1).expectFailure("container process is already dead");
            assertThat(jrunc.status(id)).isEqualTo("stopped");
            jrunc.run("delete", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** Where memory runs out nobody says whose: who dies meanwhile may be one of them. */
    @Test
    void anExecThatEndsWhileMemoryRunsOutIsToldWhy(Jrunc unused, Bundle bundle) throws IOException
    {
        assumeTrue(Host.hasController("memory"), "needs the cgroup controller memory");
        try (Jrunc jrunc = Jrunc.of(patient.runtime(), unused.engineElsewhere())) {
            String id = jrunc.id("oom");
            bundle.edit("/linux/resources", resources -> resources.putObject("memory").put("limit", 16 << 20).put("swap", 16 << 20));
            // The greedy one is the kernel's choice, never the one that hangs.
            jrunc.runDetached(id, bundle.writable().shell("mkfifo /go; while read go </go; do (echo 1000 >/proc/self/oom_score_adj; exec tail -c 64m /dev/zero); echo done >>/done; done"));
            for (boolean memory : new boolean[] {false, true}) {
                jrunc.environment("JRUNC_FAULT", "init:capabilities:hang");
                Running exec = jrunc.start("exec", id, "true");
                awaitHang(jrunc, exec, "init:capabilities");
                if (memory) {
                    Path go = bundle.rootfs().resolve("go");
                    jrunc.await("the container to listen", () -> Files.exists(go));
                    Files.writeString(go, "now\n");
                    jrunc.await("the end of the greedy one", () -> Files.exists(bundle.rootfs().resolve("done")));
                }
                exec.process().toHandle().children().filter(child -> Host.text("/proc/" + child.pid() + "/comm").strip().equals("capabilities")).forEach(ProcessHandle::destroyForcibly);
                Outcome outcome = exec.await(ofSeconds(30)).expectExit(255).expectFailure("the process ended while it was being set up");
                assertThat(outcome.err().contains("(possibly OOM-killed)")).as(outcome.err()).isEqualTo(memory);
            }
            jrunc.environment("JRUNC_FAULT", "");
            assertThat(jrunc.status(id)).isEqualTo("running");
            jrunc.run("delete", "--force", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void aRunOutlivesItsEngine(Jrunc unused, Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(patient.runtime(), unused.engineElsewhere())) {
            Running run = jrunc.startRun(jrunc.id("orphan"), bundle.shell("echo ready; read x; echo got $x; exit 42")).awaitOutput("ready");
            // Gets the container's lock when the run has let go of it, which is when its launcher would go on alone.
            jrunc.run("exec", jrunc.id("orphan"), "true").expectSuccess();
            engineOf(run).destroyForcibly();
            run.stdin().write("it\n".getBytes());
            run.stdin().close();
            assertThat(run.await(ofSeconds(30)).expectExit(42).out()).isEqualTo("ready\ngot it\n");
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** The JVM that serves this launcher: its child, or the resident one. */
    private static ProcessHandle engineOf(Running run)
    {
        return run.process().toHandle().children().filter(child -> child.info().command().orElse("").endsWith("/java")).findFirst()
                .or(patient::engine).orElseThrow();
    }

    /** Until the step is what the init is in, or the launcher pauses in its own. */
    private static void awaitHang(Jrunc jrunc, Running run, String fault)
    {
        String step = fault.substring(fault.indexOf(':') + 1);
        jrunc.await("the hang in " + fault, () -> fault.startsWith("init")
                ? run.process().toHandle().children().anyMatch(child -> Host.text("/proc/" + child.pid() + "/comm").strip().equals(step))
                : Host.text("/proc/" + run.process().pid() + "/syscall").startsWith("34 "));
    }

    /** Runs with the fault at the first step, the second (with an engine for each command: the tenth), and so on until it is beyond the last one. */
    private static List<Walked> walk(Jrunc jrunc, Bundle bundle, String party, String what) throws Exception
    {
        // A JVM for each is dear, and its code is the same.
        int stride = jrunc.engine().equals("off") && party.equals("init") ? 9 : 1;
        boolean hangs = what.equals("hang");
        int atOnce = hangs && !jrunc.engine().equals("off") ? 2 * AT_ONCE : AT_ONCE;
        // A launcher that cannot exit hangs, too.
        PrivateDist installed = hangs || party.equals("launcher") ? hasty : dist;
        List<Walked> walked = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
            for (int first = 1; first < MOST_STEPS; first += atOnce * stride) {
                List<Future<Walked>> batch = new ArrayList<>();
                for (int i = 0; i < atOnce; i++) {
                    int nth = first + i * stride;
                    batch.add(threads.submit(() -> at(installed, jrunc.engineElsewhere(), bundle, nth, party + ":*:" + nth + ":" + what)));
                }
                for (Future<Walked> future : batch) {
                    Walked at = future.get();
                    if (!at.beyondTheEnd()) {
                        walked.add(at);
                    }
                    // The launcher's very first may be a network that is made ahead, which need not succeed.
                    else if (at.step() > 1) {
                        return walked;
                    }
                }
            }
        }
        throw new AssertionError("more than " + MOST_STEPS + " steps");
    }

    private static Walked at(PrivateDist installed, String engine, Bundle bundle, int step, String fault)
    {
        try (Jrunc jrunc = Jrunc.of(installed.runtime(), engine).environment("JRUNC_FAULT", fault)) {
            Outcome outcome = jrunc.run("run", "--bundle", bundle.folder().toString(), jrunc.id("walked"));
            return new Walked(step, outcome, jrunc.leftoversInTheEnd());
        }
    }

    /** Names of the steps that {@code plan} shows, but for those that {@code create} alone has and the exec, which answers nobody. */
    private static Set<String> planned(Jrunc jrunc, Bundle bundle, String party)
    {
        String plan = jrunc.run("plan", "--bundle", bundle.folder().toString()).expectSuccess().out();
        return PLANNED.matcher(plan).results().filter(found -> found.group(1).equals(party)).map(found -> found.group(2))
                .filter(step -> !Set.of("wait_start", "detach", "exec").contains(step)).collect(Collectors.toCollection(TreeSet::new));
    }
}
