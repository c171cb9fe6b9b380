package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.ConsoleSocket;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;
import io.jrunc.it.Supervisor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code exec --hold-socket}: the process is ready, and somebody else says when its program runs. Always in a created container. */
@ExtendWith(JruncExtension.class)
class HeldExecTest
{
    private Jrunc jrunc;
    private String id;
    private Supervisor supervisor;

    @BeforeEach
    void create(Jrunc jrunc, Bundle bundle)
    {
        this.jrunc = jrunc;
        id = jrunc.id("held");
        jrunc.create(id, bundle.process("sleep", "1000").writable());
        supervisor = Supervisor.at(jrunc.folder().resolve("hold"));
    }

    /** The container is as it was, and nothing but it is there. */
    @AfterEach
    void nothingElseIsThere()
    {
        supervisor.close();
        assertThat(jrunc.status(id)).isEqualTo("created");
        assertThat(jrunc.run("ps", "--format", "json", id).expectSuccess().out()).isEqualTo("[" + jrunc.pid(id) + "]\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        // Of a command that was killed the engine takes away what is left.
        assertThat(jrunc.leftoversInTheEnd()).isEmpty();
    }

    private Running exec(List<String> options, String... program)
    {
        List<String> words = new ArrayList<>(List.of("exec", "--hold-socket", supervisor.path().toString()));
        words.addAll(options);
        words.add(id);
        words.addAll(List.of(program));
        return jrunc.start(words.toArray(String[]::new));
    }

    private static String line(String status, String name)
    {
        return status.lines().filter(each -> each.startsWith(name + ":")).findFirst().orElseThrow();
    }

    @Test
    void theProcessIsAllThatItsProgramWillBe()
    {
        Running exec = exec(List.of("--user", "1000:1000", "--cap", "CAP_KILL"), "sh", "-c", "cat /proc/self/status; exit 7");
        ConsoleSocket.Received received = supervisor.received();
        long pid = supervisor.pid();
        assertThat(received.message()).isEqualTo("{\"id\":\"" + id + "\",\"pid\":" + pid + "}\n");
        String held = Host.read("/proc/" + pid + "/status");
        String init = "/proc/" + jrunc.pid(id);
        String process = "/proc/" + pid;
        assertThat(Host.read(process + "/cgroup")).isEqualTo(Host.read(init + "/cgroup"));
        for (String namespace : List.of("mnt", "pid", "net", "ipc", "uts")) {
            assertThat(Host.capture("readlink", process + "/ns/" + namespace)).isEqualTo(Host.capture("readlink", init + "/ns/" + namespace));
        }
        assertThat(Host.capture("sh", "-c", "grep 'open files' " + process + "/limits")).isEqualTo(Host.capture("sh", "-c", "grep 'open files' " + init + "/limits"));
        assertThat(exec.output()).isEmpty();
        supervisor.say("start");
        String ran = exec.await(ofSeconds(20)).expectExit(7).out();
        for (String name : List.of("Uid", "Gid", "Groups", "CapBnd", "NoNewPrivs")) {
            assertThat(line(held, name)).isEqualTo(line(ran, name));
        }
        assertThat(line(held, "Uid")).isEqualTo("Uid:\t1000\t1000\t1000\t1000");
        // The exec of a user without ambient ones will clear them.
        assertThat(line(held, "CapEff")).isEqualTo("CapEff:\t%016x".formatted(1L << 29 | 1L << 5 | 1L << 10));
        supervisor.awaitEnd(ofSeconds(10));
    }

    @Test
    void abandonedItIsGoneBeforeTheConnectionEnds()
    {
        Running exec = exec(List.of(), "touch", "/ran");
        supervisor.received();
        Path process = Path.of("/proc/" + supervisor.pid());
        supervisor.say("abort").awaitEnd(ofSeconds(20));
        exec.await(ofSeconds(20)).expectExit(255).expectFailure("exec failed: the supervisor at " + supervisor.path() + " gave the process up");
        assertThat(process).doesNotExist();
    }

    @Test
    void aSupervisorThatIsGoneLeavesNoHeldProcess()
    {
        Running exec = exec(List.of("--detach"), "sleep", "1000");
        supervisor.received();
        supervisor.leave();
        exec.await(ofSeconds(20)).expectExit(255).expectFailure("went away before it let the process start");
    }

    @Test
    void anotherWordIsAnError()
    {
        Running exec = exec(List.of(), "true");
        supervisor.received();
        supervisor.say("stop!");
        exec.await(ofSeconds(20)).expectExit(255).expectFailure("says neither start nor abort, but \\\"stop!\\\"");
    }

    @Test
    void theTimeIsUp()
    {
        Running exec = exec(List.of("--hold-timeout", "200ms"), "true");
        supervisor.received();
        exec.await(ofSeconds(20)).expectExit(255).expectFailure("did not let the process start within 0.2 s", "give it more time with --hold-timeout");
        supervisor.awaitEnd(ofSeconds(10));
    }

    @Test
    void nobodyListens()
    {
        jrunc.run("exec", "--hold-socket", "/nowhere", id, "true").expectExit(255).expectFailure("cannot hand the process to the supervisor at /nowhere: connect /nowhere: no such file or directory");
    }

    @Test
    void aSignalOfTheCallerUndoesIt()
    {
        Running exec = exec(List.of(), "true");
        supervisor.received();
        exec.process().toHandle().destroy();
        assertThat(exec.awaitExit(ofSeconds(20))).isEqualTo(128 + 15);
        supervisor.awaitEnd(ofSeconds(10));
    }

    @Test
    void soDoesTheEndOfTheCommandItself()
    {
        Running exec = exec(List.of(), "sleep", "1000");
        supervisor.received();
        exec.process().toHandle().destroyForcibly();
        exec.awaitExit(ofSeconds(20));
        supervisor.awaitEnd(ofSeconds(10));
        String alone = "[" + jrunc.pid(id) + "]\n";
        jrunc.await("the held process's end", () -> jrunc.run("ps", "--format", "json", id).out().equals(alone));
    }

    @Test
    void aProcessThatDiesWhileItIsHeldIsAnError()
    {
        Running exec = exec(List.of(), "true");
        supervisor.received();
        ProcessHandle.of(supervisor.pid()).orElseThrow().destroyForcibly();
        exec.await(ofSeconds(20)).expectExit(255).expectFailure("the process ended while it was being set up");
    }

    @Test
    void detachedWithAPidFileAndATerminal() throws java.io.IOException
    {
        Path pidFile = jrunc.folder().resolve("pid");
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("console"))) {
            Running exec = exec(List.of("--detach", "--tty", "--console-socket", socket.path().toString(), "--pid-file", pidFile.toString()), "sh", "-c", "echo ran; read x");
            supervisor.received();
            // All else has been handed over by then.
            assertThat(Files.readString(pidFile)).isEqualTo(Long.toString(supervisor.pid()));
            try (ConsoleSocket.Terminal terminal = socket.terminal(ofSeconds(10))) {
                assertThat(exec.process().isAlive()).isTrue();
                supervisor.say("start");
                exec.awaitDetached(ofSeconds(20)).expectSuccess();
                terminal.awaitScreen("ran").type("\n").awaitHangUp();
            }
        }
    }

    @Test
    void theCallersTerminalStaysHisUntilTheProgramRuns()
    {
        String script = "%s --root %s exec -t --hold-socket %s %s stty -a".formatted(jrunc.runtime(), jrunc.root(), supervisor.path(), id);
        // Who starts the tests in the background of a shell has them ignore the signal.
        Running exec = Running.start(List.of("env", "--default-signal=INT", "script", "-qefc", "trap : INT; stty intr ^X; " + script + "; echo code $?; stty -a", "/dev/null"), java.util.Map.of("JRUNC_ENGINE", jrunc.engine()), jrunc.folder());
        supervisor.received();
        // Raw already, the terminal would make a character of the key. The shell has a trap, as some die of the signal with their child.
        try {
            exec.stdin().write(24);
            exec.stdin().flush();
        }
        catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        exec.awaitOutput("code 130").await(ofSeconds(20));
    }

    @Test
    void otherCommandsNeedNotWaitForTheSupervisor(Bundle bundle)
    {
        Running exec = exec(List.of(), "echo", "ran");
        supervisor.received();
        jrunc.run("pause", id).expectSuccess();
        jrunc.run("resume", id).expectSuccess();
        jrunc.run("exec", id, "true").expectSuccess();
        supervisor.say("start");
        assertThat(exec.await(ofSeconds(20)).expectSuccess().out()).isEqualTo("ran\n");
    }
}
