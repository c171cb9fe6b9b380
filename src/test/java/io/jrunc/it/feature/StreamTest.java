package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Much data through a launcher: whole, and without work where nobody reads. {@code -Djrunc.stream.mebibytes=1024} takes more of it;
 * what a copy cost is printed then.
 */
@ExtendWith(JruncExtension.class)
class StreamTest
{
    private static final int MEBIBYTES = Integer.getInteger("jrunc.stream.mebibytes", 32);
    private static final byte[] BLOCK = new byte[1 << 20];

    /** Of a processor, in the clock ticks of /proc: 10 ms each. */
    private static final long FEW_TICKS = 5;

    @BeforeAll
    static void fill()
    {
        new Random(1).nextBytes(BLOCK);
    }

    /** What the programs say: the block and its number, again and again. */
    private static byte[] number(int i)
    {
        return (i + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static MessageDigest digest()
    {
        try {
            return MessageDigest.getInstance("SHA-256");
        }
        catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String expected()
    {
        MessageDigest digest = digest();
        for (int i = 0; i < MEBIBYTES; i++) {
            digest.update(BLOCK);
            digest.update(number(i));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static long bytes()
    {
        long all = 0;
        for (int i = 0; i < MEBIBYTES; i++) {
            all += BLOCK.length + number(i).length;
        }
        return all;
    }

    private static String digest(InputStream in, long bytes) throws IOException
    {
        MessageDigest digest = digest();
        byte[] room = new byte[1 << 16];
        for (long left = bytes; left > 0;) {
            int got = in.read(room, 0, (int) Math.min(left, room.length));
            assertThat(got).as("bytes read, %d still to come", left).isPositive();
            digest.update(room, 0, got);
            left -= got;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Both kinds of time that a process had of a processor. */
    private static long ticks(long pid)
    {
        String stat = Host.read("/proc/" + pid + "/stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static String run(Jrunc jrunc, Bundle bundle, String id)
    {
        bundle.write();
        return "exec %s --root %s run --bundle %s %s".formatted(jrunc.runtime(), jrunc.root(), bundle.folder(), id);
    }

    private static Process start(Jrunc jrunc, String... words) throws IOException
    {
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("JRUNC_ENGINE", jrunc.engine());
        return builder.start();
    }

    private static void report(String what, long start, long ticks)
    {
        if (System.getProperty("jrunc.stream.mebibytes") != null) {
            System.out.printf("%s: %d MiB in %.1f s, %d ms of a processor in the launcher%n", what, MEBIBYTES, (System.nanoTime() - start) / 1e9, ticks * 10);
        }
    }

    @Test
    void pipesBothWaysGiveEveryByte(Jrunc jrunc, Bundle bundle) throws IOException, InterruptedException
    {
        Process run = start(jrunc, "sh", "-c", run(jrunc, bundle.process("cat"), jrunc.id("pipes")));
        long start = System.nanoTime();
        Thread writer = Thread.ofPlatform().start(() -> {
            try {
                OutputStream to = run.getOutputStream();
                for (int i = 0; i < MEBIBYTES; i++) {
                    to.write(BLOCK);
                    to.write(number(i));
                }
                to.flush();
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(digest(run.getInputStream(), bytes())).isEqualTo(expected());
        report("pipes", start, ticks(run.pid()));
        writer.join();
        run.getOutputStream().close();
        assertThat(run.waitFor()).isZero();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aTerminalGivesEveryByte(Jrunc jrunc, Bundle bundle) throws IOException, InterruptedException
    {
        Files.write(bundle.rootfs().resolve("block"), BLOCK);
        bundle.terminal(true).shell("i=0; while [ $i -lt %d ]; do cat /block; echo $i; i=$((i + 1)); done; read x".formatted(MEBIBYTES));
        Path out = fifo(jrunc);
        Process person = start(jrunc, "script", "-qefc", run(jrunc, bundle, jrunc.id("terminal")) + " > " + out, "/dev/null");
        long start = System.nanoTime();
        try (InputStream in = Files.newInputStream(out)) {
            assertThat(digest(in, bytes())).isEqualTo(expected());
            report("terminal", start, ticks(launcher(jrunc, person).pid()));
            person.getOutputStream().write('\n');
            person.getOutputStream().flush();
            in.readAllBytes();
        }
        assertThat(person.waitFor()).isZero();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static Path fifo(Jrunc jrunc)
    {
        Path fifo = jrunc.folder().resolve("out");
        Host.capture("mkfifo", fifo.toString());
        return fifo;
    }

    private static ProcessHandle launcher(Jrunc jrunc, Process person)
    {
        return person.descendants().filter(each -> each.info().command().orElse("").equals(jrunc.runtime().toString())).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderWhoDoesNotReadCostsNoTime(boolean terminal, Jrunc jrunc, Bundle bundle) throws IOException, InterruptedException
    {
        String id = jrunc.id("blocked");
        bundle.terminal(terminal).process("cat", "/dev/zero");
        Path out = fifo(jrunc);
        Process person = start(jrunc, "script", "-qefc", run(jrunc, bundle, id) + " > " + out, "/dev/null");
        try (InputStream in = Files.newInputStream(out)) {
            assertThat(in.read()).isZero();
            int pid = jrunc.pid(id);
            jrunc.await("the writer's stop", () -> {
                String before = written(pid);
                jrunc.run("exec", id, "true").expectSuccess();
                return written(pid).equals(before);
            });
            ProcessHandle launcher = launcher(jrunc, person);
            long ticks = ticks(launcher.pid());
            jrunc.run("exec", id, "sleep", "1").expectSuccess();
            assertThat(ticks(launcher.pid()) - ticks).isLessThan(FEW_TICKS);
            jrunc.run("kill", id, "KILL").expectSuccess();
            if (!jrunc.engine().equals("off")) {
                // Whoever stays does not wait for the reader to take the container away.
                jrunc.await("its removal", () -> jrunc.run("state", id).exit() != 0);
                assertThat(person.isAlive()).as("what it has written is passed on").isTrue();
            }
            in.readAllBytes();
        }
        assertThat(person.waitFor()).isEqualTo(137);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static String written(int pid)
    {
        return Host.read("/proc/" + pid + "/io").lines().filter(line -> line.startsWith("wchar:")).findFirst().orElseThrow();
    }
}
