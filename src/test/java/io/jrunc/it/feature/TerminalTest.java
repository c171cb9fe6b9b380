package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.ConsoleSocket;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Containers with a terminal: handed to a manager, or relayed to the caller's own. */
@ExtendWith(JruncExtension.class)
class TerminalTest
{
    @Test
    void aManagerReceivesTheMasterAndTypesIntoTheShell(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("console");
        bundle.terminal(true).shell("tty; [ /dev/console -ef /dev/pts/0 ] && echo console is it; stty size; read line; echo got $line; exit 5");
        bundle.edit("/process/consoleSize", size -> size.put("height", 31).put("width", 77));
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("s"))) {
            jrunc.create(id, bundle, "--console-socket", socket.path().toString());
            ConsoleSocket.Received master = socket.await(ofSeconds(10));
            assertThat(master.message()).contains("ptmx");
            jrunc.run("start", id).expectSuccess();
            try (ConsoleSocket.Terminal terminal = socket.terminal(ofSeconds(10))) {
                terminal.awaitScreen("/dev/pts/0").awaitScreen("console is it").awaitScreen("31 77").type("hello\n").awaitScreen("got hello").awaitHangUp();
            }
        }
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void execGetsATerminalOfItsOwn(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("exec");
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("s"))) {
            jrunc.start("exec", "--tty", "--detach", "--console-socket", socket.path().toString(), id, "sh", "-c", "tty; test -t 0 && test -t 1 && test -t 2 && echo all three; read x")
                    .awaitDetached(ofSeconds(20)).expectSuccess();
            try (ConsoleSocket.Terminal terminal = socket.terminal(ofSeconds(10))) {
                terminal.awaitScreen("/dev/pts/0").awaitScreen("all three").type("\n").awaitHangUp();
            }
        }
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void combinationsThatCannotWorkAreRefused(Jrunc jrunc, Bundle bundle)
    {
        bundle.terminal(true).process("true");
        jrunc.runBundle(jrunc.id("d"), bundle, "--detach").expectFailure("cannot allocate tty if jrunc will detach without setting console socket");
        bundle.terminal(false);
        jrunc.runBundle(jrunc.id("s"), bundle, "--detach", "--console-socket", "/nowhere").expectFailure("cannot use console socket if jrunc will not detach or allocate tty");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theCallersTerminalIsRelayedAndPutBack(Jrunc jrunc, Bundle bundle) throws InterruptedException
    {
        bundle.terminal(true).shell("stty size; stty -a | grep -o ' -\\?echo ' | head -n 1; echo shown; exit 3").write();
        String run = "stty rows 41 cols 101; before=$(stty -g); JRUNC_ENGINE=%s %s --root %s run --bundle %s %s; echo code $?; [ \"$before\" = \"$(stty -g)\" ] && echo terminal is back"
                .formatted(jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder(), jrunc.id("relay"));
        String screen = Host.capture("script", "-qefc", run, "/dev/null");
        assertThat(screen).contains("41 101", "shown", "code 3", "terminal is back");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aPersonWorksInAnInteractiveShell(Jrunc jrunc, Bundle bundle) throws InterruptedException
    {
        bundle.terminal(true).process("sh").write();
        String server = jrunc.id("tmux");
        Tmux tmux = new Tmux(server);
        try {
            tmux.start("JRUNC_ENGINE=%s %s --root %s run --bundle %s %s; echo the end: $?; exec cat".formatted(
                    jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder(), jrunc.id("shell")));
            tmux.awaitScreen("/ #");
            tmux.type("echo $((6 * 7))", "Enter").awaitScreen("42");
            // Ctrl-C ends the program in the foreground, not the shell, and not jrunc.
            tmux.type("sleep 1000", "Enter");
            jrunc.await("the program in the foreground", () -> jrunc.run("exec", jrunc.id("shell"), "ps", "-o", "stat,args").out().contains("sleep 1000"));
            tmux.type("C-c").type("echo still here", "Enter").awaitScreen("\nstill here");
            // Nobody tells when the new size has come through all the terminals between.
            tmux.resize(61, 21);
            jrunc.await("the new size", () -> tmux.type("stty size", "Enter").screen().contains("21 61"));
            tmux.type("C-d").awaitScreen("the end: 0");
        }
        finally {
            tmux.close();
        }
        // Its shell goes in its own time.
        jrunc.await("the end of tmux's shell", () -> jrunc.leftovers().isEmpty());
    }

    /** A terminal with somebody in front of it. */
    private record Tmux(String server)
    {
        void start(String command)
        {
            Host.capture("tmux", "-L", server, "new-session", "-d", "-x", "100", "-y", "30", command);
        }

        Tmux type(String... keys)
        {
            for (String key : keys) {
                Host.capture("tmux", "-L", server, "send-keys", key);
            }
            return this;
        }

        Tmux resize(int columns, int rows)
        {
            Host.capture("tmux", "-L", server, "resize-window", "-x", Integer.toString(columns), "-y", Integer.toString(rows));
            return this;
        }

        /** Looks again until the text is on the screen. */
        Tmux awaitScreen(String text) throws InterruptedException
        {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            while (System.nanoTime() < end) {
                if (screen().contains(text)) {
                    return this;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            throw new AssertionError("the screen never showed '" + text + "':\n" + screen());
        }

        String screen()
        {
            return Host.capture("tmux", "-L", server, "capture-pane", "-p");
        }

        void close()
        {
            Host.capture("sh", "-c", "tmux -L " + server + " kill-server; true");
        }
    }
}
