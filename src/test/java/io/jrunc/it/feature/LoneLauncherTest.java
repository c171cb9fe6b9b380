package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;
import io.jrunc.it.ServiceManager;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/** A one-shot engine leaves while the program runs; the launcher alone does the rest. Each test sets its own modes, so once is enough. */
@DisabledIfSystemProperty(named = "jrunc.engine", matches = "off", disabledReason = "done in the other half of the suite")
@ExtendWith(JruncExtension.class)
class LoneLauncherTest
{
    private static final int MOST_MEMORY_KIB = 1536;

    private static PrivateDist dist;

    @BeforeAll
    static void build()
    {
        dist = PrivateDist.create("-Djrunc.engine.linger.seconds=0");
    }

    @AfterAll
    static void away()
    {
        dist.close();
    }

    private static void poststop(Bundle bundle, String script)
    {
        ObjectNode hook = bundle.config().withObject("/hooks").withArray("poststop").addObject();
        ArrayNode args = hook.put("path", "/bin/sh").putArray("args");
        args.add("sh").add("-c").add(script);
    }

    private static boolean hasJvm(ProcessHandle launcher)
    {
        return launcher.children().anyMatch(child -> child.info().command().orElse("").endsWith("/java"));
    }

    private static ProcessHandle alone(Jrunc jrunc, ProcessHandle launcher)
    {
        jrunc.await("the engine's leave", () -> !hasJvm(launcher));
        return launcher;
    }

    private static void signal(ProcessHandle process, String name)
    {
        Host.capture("kill", "-" + name, Long.toString(process.pid()));
    }

    @Test
    void theLauncherOfARunPassesSignalsOnAndRemovesTheContainer(Bundle bundle)
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "off")) {
            String id = jrunc.id("alone");
            Path after = jrunc.folder().resolve("after");
            poststop(bundle, "cat > %1$s; ls %2$s >> %1$s".formatted(after, jrunc.root()));
            bundle.shell("trap 'echo told; exit 42' USR1; echo ready; while :; do sleep 0.1; done");
            Running run = jrunc.startRun(id, bundle).awaitOutput("ready");
            ProcessHandle launcher = alone(jrunc, run.process().toHandle());
            String memory = Host.read("/proc/" + launcher.pid() + "/status").lines().filter(line -> line.startsWith("VmRSS:")).findFirst().orElseThrow();
            assertThat(Integer.parseInt(memory.replaceAll("\\D", ""))).as(memory).isBetween(1, MOST_MEMORY_KIB);
            assertThat(jrunc.status(id)).isEqualTo("running");
            signal(launcher, "USR1");
            assertThat(run.await(ofSeconds(30)).expectExit(42).out()).isEqualTo("ready\ntold\n");
            assertThat(after).content().matches("\\{[^}]*\"id\":\"" + id + "\",\"status\":\"stopped\"[^}]*}");
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void theLauncherOfAnExecKeepsTheCode(Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "off")) {
            String id = jrunc.id("exec");
            jrunc.create(id, bundle.process("sleep", "1000"));
            jrunc.run("start", id).expectSuccess();
            Running exec = jrunc.start("exec", id, "sh", "-c", "echo ready; read x; echo got $x; exit 7").awaitOutput("ready");
            alone(jrunc, exec.process().toHandle());
            exec.stdin().write("it\n".getBytes());
            exec.stdin().close();
            assertThat(exec.await(ofSeconds(30)).expectExit(7).out()).isEqualTo("ready\ngot it\n");
            assertThat(jrunc.status(id)).isEqualTo("running");
            jrunc.run("delete", "--force", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void keepKeeps(Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "off")) {
            String id = jrunc.id("kept");
            Running run = jrunc.startRun(id, bundle.shell("echo ready; read x; exit 9"), "--keep").awaitOutput("ready");
            alone(jrunc, run.process().toHandle());
            run.stdin().close();
            assertThat(run.awaitExit(ofSeconds(30))).isEqualTo(9);
            assertThat(jrunc.status(id)).isEqualTo("stopped");
            jrunc.run("delete", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void keepKeepsAlsoWhenTheResidentEngineIsLost(Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            String id = jrunc.id("kept");
            Running run = jrunc.startRun(id, bundle.shell("echo ready; read x; exit 9"), "--keep").awaitOutput("ready");
            // Gets the container's lock when the run has let go of it, which is when its launcher would go on alone.
            jrunc.run("exec", id, "true").expectSuccess();
            ProcessHandle engine = dist.engine().orElseThrow();
            engine.destroyForcibly();
            engine.onExit().join();
            run.stdin().close();
            assertThat(run.awaitExit(ofSeconds(30))).isEqualTo(9);
            assertThat(jrunc.status(id)).isEqualTo("stopped");
            jrunc.run("delete", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void theTerminalIsPutBack(Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "off")) {
            String id = jrunc.id("terminal");
            bundle.terminal(true).shell("echo ready; read x; echo got $x; exit 3").write();
            String words = "before=$(stty -g); %s --root %s run --bundle %s %s; echo code $?; [ \"$before\" = \"$(stty -g)\" ] && echo terminal is back"
                    .formatted(jrunc.runtime(), jrunc.root(), bundle.folder(), id);
            try (Running person = Running.start(List.of("script", "-qefc", words, "/dev/null"), Map.of("JRUNC_ENGINE", "off"), jrunc.folder())) {
                person.awaitOutput("ready");
                ProcessHandle launcher = person.process().toHandle().descendants()
                        .filter(each -> each.info().command().orElse("").equals(jrunc.runtime().toString())).findFirst().orElseThrow();
                alone(jrunc, launcher);
                person.stdin().write("it\n".getBytes());
                person.stdin().flush();
                person.awaitOutput("got it").awaitOutput("code 3").awaitOutput("terminal is back");
            }
            assertThat(jrunc.leftoversInTheEnd()).isEmpty();
        }
    }

    @Test
    void aSignalDoesNotStopTheRemoval(Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "off")) {
            Path marks = Files.createDirectory(jrunc.folder().resolve("marks"));
            poststop(bundle, "cd %s; touch in; until [ -e go ]; do sleep 0.05; done; touch done".formatted(marks));
            Running run = jrunc.startRun(jrunc.id("signals"), bundle.shell("echo ready; read x; exit 5")).awaitOutput("ready");
            ProcessHandle launcher = alone(jrunc, run.process().toHandle());
            run.stdin().close();
            jrunc.await("the hook", () -> Files.exists(marks.resolve("in")));
            for (String name : List.of("INT", "TERM", "HUP", "QUIT", "USR1")) {
                signal(launcher, name);
            }
            Files.createFile(marks.resolve("go"));
            run.await(ofSeconds(30)).expectExit(5);
            assertThat(marks.resolve("done")).exists();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** The engine stays as long as somebody may have to be told something: the program says it late, and it arrives. */
    @Test
    void aServiceManagerKeepsTheEngine(Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "off"); ServiceManager manager = ServiceManager.at(jrunc.folder().resolve("manager"))) {
            String id = jrunc.id("notify");
            bundle.shell("echo ready; read x; ln -sf $NOTIFY_SOCKET /dev/log; logger \"nearly\nREADY=1\"; read y").writable();
            jrunc.environment("NOTIFY_SOCKET", manager.path().toString());
            Running run = jrunc.startRun(id, bundle).awaitOutput("ready");
            jrunc.run("exec", id, "true").expectSuccess();
            assertThat(hasJvm(run.process().toHandle())).isTrue();
            run.stdin().write("now\n".getBytes());
            run.stdin().flush();
            assertThat(manager.next(ofSeconds(20))).isEqualTo("READY=1\n");
            run.stdin().close();
            run.awaitExit(ofSeconds(30));
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void theEpilogueTouchesNoOtherContainer(Bundle bundle)
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            String id = jrunc.id("other");
            jrunc.create(id, bundle.process("sleep", "1000"));
            jrunc.run("start", id).expectSuccess();
            String pid = Integer.toString(jrunc.pid(id));
            String stat = Host.read("/proc/" + pid + "/stat");
            String startTime = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
            jrunc.run("epilogue", id, pid, startTime, "3").expectExit(1).expectFailure("cannot remove container " + id + " that is not stopped");
            jrunc.run("epilogue", jrunc.id("nobody"), pid, startTime, "3").expectExit(3);
            jrunc.run("kill", id, "KILL").expectSuccess();
            jrunc.awaitStatus(id, "stopped");
            jrunc.run("epilogue", id, pid, startTime + "1", "3").expectExit(3);
            assertThat(jrunc.status(id)).isEqualTo("stopped");
            jrunc.run("epilogue", id, pid, startTime, "3").expectExit(3);
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }
}
