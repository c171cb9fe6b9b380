package io.jrunc.it.command;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class RunTest
{
    @Test
    void theProgramsOutputAndExitCodeAreTheCommands(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("echo hello; echo trouble >&2; exit 7");
        Outcome outcome = jrunc.runBundle(jrunc.id("hello"), bundle).expectExit(7);
        assertThat(outcome.out()).isEqualTo("hello\n");
        assertThat(outcome.err()).isEqualTo("trouble\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aProgramKilledBySignalNGives128PlusN(Jrunc jrunc, Bundle bundle)
    {
        // A process that is pid 1 of its own pid namespace ignores what it has no handler for, KILL from inside included.
        bundle.withoutNamespace("pid").shell("kill -KILL $$");
        jrunc.runBundle(jrunc.id("killed"), bundle).expectExit(128 + 9);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void standardInputReachesTheProgramUntilItsEnd(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.process("cat");
        Running cat = jrunc.startRun(jrunc.id("cat"), bundle);
        try (OutputStream in = cat.stdin()) {
            in.write("first\nsecond\n".getBytes());
        }
        Outcome outcome = cat.await(ofSeconds(30)).expectSuccess();
        assertThat(outcome.out()).isEqualTo("first\nsecond\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void sixtyFourMebibytesPassThroughThePipesUnharmed(Jrunc jrunc, Bundle bundle) throws IOException, InterruptedException, NoSuchAlgorithmException
    {
        bundle.process("cat").write();
        Path in = jrunc.folder().resolve("in");
        Path out = jrunc.folder().resolve("out");
        byte[] bytes = new byte[64 << 20];
        new Random(1).nextBytes(bytes);
        Files.write(in, bytes);
        ProcessBuilder builder = new ProcessBuilder(jrunc.runtime().toString(), "--root", jrunc.root().toString(), "run", "--bundle", bundle.folder().toString(), jrunc.id("big"));
        builder.environment().put("JRUNC_ENGINE", jrunc.engine());
        builder.redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT);
        assertThat(builder.start().waitFor()).isZero();
        assertThat(digest(Files.readAllBytes(out))).isEqualTo(digest(bytes));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void signalsOfTheCallerReachTheProgram(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("trap 'echo got it; exit 42' TERM; echo ready; while :; do sleep 0.05; done");
        Running run = jrunc.startRun(jrunc.id("signals"), bundle).awaitOutput("ready");
        run.process().toHandle().destroy();    // Process.destroy would close its output, too
        Outcome outcome = run.await(ofSeconds(20)).expectExit(42);
        assertThat(outcome.out()).contains("got it");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Without a pid namespace an orphan goes to the next ancestor that wants it. */
    @Test
    void orphansAreTheLaunchersUnlessItIsToldNotToAdoptThem(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.withoutNamespace("pid").writable().shell("mkfifo /end; (sleep 1000 & echo $! >/orphan); echo ready; read end </end; kill $(cat /orphan)");
        for (boolean adopts : new boolean[] {true, false}) {
            String id = jrunc.id(adopts ? "adopted" : "stranger");
            Running run = (adopts ? jrunc.startRun(id, bundle) : jrunc.startRun(id, bundle, "--no-subreaper")).awaitOutput("ready");
            String orphan = Files.readString(bundle.rootfs().resolve("orphan")).strip();
            long parent = ProcessHandle.of(Long.parseLong(orphan)).orElseThrow().parent().orElseThrow().pid();
            assertThat(parent == run.process().pid()).as("the launcher is the parent").isEqualTo(adopts);
            Files.writeString(bundle.rootfs().resolve("end"), "now\n");
            run.await(ofSeconds(20)).expectSuccess();
            Files.delete(bundle.rootfs().resolve("end"));
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aMissingProgramIsOneClearErrorAndNothingIsLeft(Jrunc jrunc, Bundle bundle)
    {
        bundle.process("no-such-program");
        jrunc.runBundle(jrunc.id("missing"), bundle).expectExit(1).expectFailure("no-such-program", "executable file not found in $PATH");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFileWithoutTheRightToRunIsPermissionDenied(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.writeString(bundle.rootfs().resolve("plain"), "not a program");
        bundle.process("/plain");
        jrunc.runBundle(jrunc.id("plain"), bundle).expectExit(1).expectFailure("/plain", "permission denied");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anAbsolutePathThatIsNotThereIsNamedByCreate(Jrunc jrunc, Bundle bundle)
    {
        bundle.process("/bin/absent").write();
        jrunc.start("create", "--bundle", bundle.folder().toString(), jrunc.id("absent")).await(ofSeconds(20)).expectExit(1)
                .expectFailure("stat /bin/absent: no such file or directory");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anInterpreterThatIsNotThereIsOneLine(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path script = Files.writeString(bundle.rootfs().resolve("script"), "#!/no/such/interpreter\n");
        script.toFile().setExecutable(true, false);
        Outcome outcome = jrunc.runBundle(jrunc.id("late"), bundle.process("/script"));
        assertThat(outcome.exit()).isNotZero();
        assertThat(outcome.err()).isEqualTo("exec /script: no such file or directory\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void keepLeavesAStoppedContainerToBeDeletedByHand(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("kept");
        jrunc.runBundle(id, bundle.process("true"), "--keep").expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("stopped");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aDetachedContainerRunsOnAndItsPidFileIsComplete(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("detached");
        Path pidFile = jrunc.folder().resolve("pid");
        bundle.process("sleep", "1000").write();
        Running run = jrunc.start("run", "--detach", "--pid-file", pidFile.toString(), "--bundle", bundle.folder().toString(), id);
        run.awaitDetached(ofSeconds(30)).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("running");
        assertThat(Files.readString(pidFile)).isEqualTo(Integer.toString(jrunc.pid(id)));
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theHostsNameAndTheDomainsNameAreTheContainersOwn(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit(config -> config.put("hostname", "box").put("domainname", "example"));
        bundle.shell("hostname; cat /proc/sys/kernel/domainname");
        assertThat(jrunc.runBundle(jrunc.id("names"), bundle).expectSuccess().out()).isEqualTo("box\nexample\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aNewMemoryLimitOfOneMebibyteStillStartsAStaticProgram(Jrunc jrunc, Bundle bundle)
    {
        assumeTrue(Host.hasController("memory") && Host.hasController("pids"), "needs the cgroup controllers memory and pids");
        bundle.edit("/linux/resources", resources -> {
            resources.putObject("memory").put("limit", 1 << 20);
            resources.putObject("pids").put("limit", 1);
        });
        bundle.process("true");
        jrunc.runBundle(jrunc.id("tiny"), bundle).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static String digest(byte[] bytes) throws NoSuchAlgorithmException
    {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
