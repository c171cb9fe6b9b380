package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.ConsoleSocket;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container gets as its streams, and what else is passed on or adopted with them. */
@ExtendWith(JruncExtension.class)
class StdioTest
{
    /** A command of the runtime as a shell writes it. */
    private static String line(Jrunc jrunc, String words)
    {
        return "JRUNC_ENGINE=%s %s --root %s %s".formatted(jrunc.engine(), jrunc.runtime(), jrunc.root(), words);
    }

    private static String run(Jrunc jrunc, Bundle bundle, String options, String id)
    {
        bundle.write();
        return line(jrunc, "run " + options + " --bundle " + bundle.folder() + " " + id);
    }

    private static Outcome shell(Jrunc jrunc, String script)
    {
        return Running.start(List.of("sh", "-c", script), Map.of(), jrunc.folder()).await(ofSeconds(60));
    }

    /** Two terminals of different sizes: the one that is found lends its size. */
    @ParameterizedTest
    @CsvSource({
        "2>$inner >$outer <$outer, 22 33",
        "2>/dev/null >$inner <$outer, 22 33",
        "2>/dev/null >/dev/null <$inner, 22 33",
        "2>/dev/null >/dev/null </dev/null, 22 33",
        "2>/dev/null >$outer <$inner, 44 55",
    })
    void theTerminalIsLookedForInOrder(String streams, String size, Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path seen = jrunc.folder().resolve("seen");
        Files.createFile(seen);
        bundle.terminal(true).mount("bind", seen.toString(), "/seen", "bind").shell("stty size > /seen");
        Path inner = Files.writeString(jrunc.folder().resolve("inner.sh"), "stty rows 22 cols 33; inner=$(tty); " + run(jrunc, bundle, "", jrunc.id("tty")) + " " + streams);
        String outer = "stty rows 44 cols 55; outer=$(tty) script -qefc 'sh %s' /dev/null".formatted(inner);
        Host.capture("script", "-qefc", outer, "/dev/null");
        assertThat(seen).content().isEqualTo(size + "\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void withoutAnyTerminalThereIsNoneToLend(Jrunc jrunc, Bundle bundle)
    {
        bundle.terminal(true).process("true");
        shell(jrunc, "setsid -w sh -c '" + run(jrunc, bundle, "", jrunc.id("none")) + " < /dev/null'").expectExit(1)
                .expectFailure("open /dev/tty: no such device or address");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** With TIOCSTI a program could type into it. */
    @Test
    void anAttachedProgramWithoutATerminalNeverHasTheCallers(Jrunc jrunc, Bundle bundle)
    {
        bundle.terminal(false).shell("for fd in 0 1 2; do [ -t $fd ] && echo terminal $fd || echo none $fd; done; (: </dev/tty) 2>/dev/null && echo controlled || echo free");
        String screen = Host.capture("script", "-qefc", run(jrunc, bundle, "", jrunc.id("apart")), "/dev/null");
        assertThat(screen).contains("none 0\r\n", "none 1\r\n", "none 2\r\n", "free\r\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void newlinesAreTranslatedOnce(Jrunc jrunc, Bundle bundle)
    {
        bundle.terminal(true).shell("printf 'one\\ntwo\\n'");
        String screen = Host.capture("script", "-qefc", run(jrunc, bundle, "", jrunc.id("newlines")), "/dev/null");
        assertThat(screen).contains("one\r\ntwo\r\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aPidfdSocketReceivesThePidfd(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("pidfd");
        bundle.process("sleep", "1000");
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("create"))) {
            jrunc.create(id, bundle, "--pidfd-socket", socket.path().toString());
            expectPidfd(socket, "standard", jrunc.pid(id));
        }
        jrunc.run("start", id).expectSuccess();
        Path pidFile = jrunc.folder().resolve("pid");
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("exec"))) {
            jrunc.start("exec", "--detach", "--pidfd-socket", socket.path().toString(), "--pid-file", pidFile.toString(), id, "sleep", "1000")
                    .awaitDetached(ofSeconds(30)).expectSuccess();
            expectPidfd(socket, "setns", Integer.parseInt(Host.read(pidFile.toString())));
        }
        jrunc.run("delete", "--force", id).expectSuccess();
        String other = jrunc.id("run");
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("run"))) {
            jrunc.startRun(other, bundle, "--detach", "--pidfd-socket", socket.path().toString()).awaitDetached(ofSeconds(30)).expectSuccess();
            expectPidfd(socket, "standard", jrunc.pid(other));
        }
        jrunc.run("delete", "--force", other).expectSuccess();
        jrunc.runBundle(jrunc.id("nobody"), bundle, "--detach", "--pidfd-socket", "/nowhere").expectExit(1).expectFailure("/nowhere");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static void expectPidfd(ConsoleSocket socket, String message, int pid)
    {
        ConsoleSocket.Received received = socket.await(ofSeconds(10));
        assertThat(received.message()).isEqualTo(message);
        assertThat(Host.read("/proc/self/fdinfo/" + received.fd()).lines()).contains("Pid:\t" + pid);
    }

    @Test
    void theTerminalIsTheUsersOwnAndTheConsole(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("owner");
        bundle.edit("/process/user", user -> user.put("uid", 1000).put("gid", 1000));
        bundle.terminal(true).shell("for n in 0 1 2; do stat -L -c \"$n %u:%g %t:%T\" /proc/self/fd/$n; done; echo controlling > /dev/tty; "
                + "stat -c 'console %t:%T' /dev/console; echo told > /dev/console; stat -c 'slave %t:%T' /dev/pts/0; read x");
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("s"))) {
            jrunc.create(id, bundle, "--console-socket", socket.path().toString());
            jrunc.run("start", id).expectSuccess();
            try (ConsoleSocket.Terminal terminal = socket.terminal(ofSeconds(10))) {
                terminal.awaitScreen("slave 88:0").type("\n").awaitHangUp();
                assertThat(terminal.shown()).contains("0 1000:5 88:0", "1 1000:5 88:0", "2 1000:5 88:0", "controlling", "console 88:0", "told");
            }
        }
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theTerminalOfAnExecIsNotTheConsole(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("exec");
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        Path file = Files.writeString(jrunc.folder().resolve("process.json"), """
                {"terminal": true, "cwd": "/", "args": ["/bin/sh", "-c", "tty; ls /dev/console; read x"], "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}
                """);
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("s"))) {
            jrunc.start("exec", "--detach", "--process", file.toString(), "--console-socket", socket.path().toString(), id).awaitDetached(ofSeconds(20)).expectSuccess();
            try (ConsoleSocket.Terminal terminal = socket.terminal(ofSeconds(10))) {
                terminal.awaitScreen("/dev/pts/0").awaitScreen("/dev/console: No such file").type("\n").awaitHangUp();
            }
        }
        assertThat(jrunc.run("exec", id, "tty").out()).isEqualTo("not a tty\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"<&-", ">&-", "2>&-", "<&- >&- 2>&-", "< /dev/null > /dev/null"})
    void closedAndRedirectedStreamsAreNobodyElses(String streams, Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path seen = jrunc.folder().resolve("seen");
        Files.createFile(seen);
        bundle.mount("bind", seen.toString(), "/seen", "bind").shell("cat; echo out; echo err >&2; ls /proc/self/fd > /seen; exit 7");
        shell(jrunc, run(jrunc, bundle, "", jrunc.id("attached")) + " < /dev/null " + streams).expectExit(7);
        assertThat(seen).content().startsWith("0\n1\n2\n");
        String id = jrunc.id("detached");
        bundle.process("sleep", "1000");
        shell(jrunc, run(jrunc, bundle, "--detach", id) + " < /dev/null > /dev/null 2> /dev/null " + streams).expectSuccess();
        for (int fd = 0; fd < 3; fd++) {
            assertThat(Files.readSymbolicLink(Path.of("/proc/" + jrunc.pid(id) + "/fd/" + fd))).hasToString("/dev/null");
        }
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theStreamsBelongToTheUser(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.edit("/process/user", user -> user.put("uid", 1000).put("gid", 1000)).shell("for n in 0 1 2; do stat -L -c %u /proc/self/fd/$n; done; echo again > /dev/stdout");
        assertThat(jrunc.runBundle(jrunc.id("pipes"), bundle).expectSuccess().out()).isEqualTo("1000\n1000\n1000\nagain\n");
        Path file = jrunc.folder().resolve("file");
        String id = jrunc.id("file");
        bundle.process("sleep", "1000");
        shell(jrunc, run(jrunc, bundle, "--detach", id) + " < /dev/null > " + file + " 2>&1").expectSuccess();
        assertThat(Host.capture("stat", "-c", "%u:%g", file.toString())).isEqualTo("1000:0\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void orphansAreReapedAndTheirCodesAreNobodys(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path place = Files.createDirectory(jrunc.folder().resolve("place"));
        bundle.withoutNamespace("pid").mount("bind", place.toString(), "/place", "bind")
                .shell("sh -c 'sh -c \"until [ -e /place/go ]; do sleep 0.05; done; exit 3\" > /dev/null & echo orphan $!'; echo ready; read x; exit 7");
        Running run = jrunc.startRun(jrunc.id("orphans"), bundle).awaitOutput("ready");
        String orphan = run.output().lines().filter(line -> line.startsWith("orphan ")).findFirst().orElseThrow().substring(7);
        Files.createFile(place.resolve("go"));
        jrunc.await("the orphan's funeral", () -> !Files.exists(Path.of("/proc/" + orphan)));
        run.stdin().close();
        run.await(ofSeconds(30)).expectExit(7);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void socketActivationPassesDescriptorsOn(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path file = Files.writeString(jrunc.folder().resolve("passed"), "content\n");
        bundle.shell("echo fds $LISTEN_FDS pid $LISTEN_PID; cat <&3 2>&1; exit 0");
        String run = run(jrunc, bundle, "", jrunc.id("listen")).replace("JRUNC_ENGINE", "export LISTEN_FDS=1; exec 3<" + file + "; export JRUNC_ENGINE").replace(" " + jrunc.runtime(), "; exec " + jrunc.runtime());
        assertThat(shell(jrunc, "export LISTEN_PID=$$; " + run).expectSuccess().out()).isEqualTo("fds 1 pid 1\ncontent\n");
        assertThat(shell(jrunc, "export LISTEN_PID=1; " + run).expectSuccess().out()).startsWith("fds pid\n").doesNotContain("content");
        String id = jrunc.id("exec");
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        String exec = "export LISTEN_PID=$$ LISTEN_FDS=1 JRUNC_ENGINE=%s; exec 3<%s; exec %s --root %s exec %s sh -c 'echo fds $LISTEN_FDS; cat <&3'".formatted(
                jrunc.engine(), file, jrunc.runtime(), jrunc.root(), id);
        assertThat(shell(jrunc, exec).out()).isEqualTo("fds\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aDescriptorToKeepMustBeOpen(Jrunc jrunc, Bundle bundle)
    {
        shell(jrunc, "exec 3</dev/null 4<&-; " + run(jrunc, bundle.process("true"), "--preserve-fds 2", jrunc.id("closed"))).expectExit(1)
                .expectFailure("unable to stat preserved-fd 1 (of 2): bad file descriptor");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void whatIsBoundToNoCpuMayUseAll(Jrunc jrunc, Bundle bundle)
    {
        String all = Host.read("/proc/1/status").lines().filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow();
        String show = "grep Cpus_allowed_list: /proc/self/status";
        assertThat(shell(jrunc, "exec taskset -c 0 " + "env " + run(jrunc, bundle.shell(show), "", jrunc.id("init"))).expectSuccess().out()).isEqualTo(all + "\n");
        String id = jrunc.id("exec");
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        assertThat(shell(jrunc, "exec taskset -c 0 env " + line(jrunc, "exec " + id + " " + show)).expectSuccess().out()).isEqualTo(all + "\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
