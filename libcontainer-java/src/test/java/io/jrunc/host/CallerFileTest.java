package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallerFileTest
{
    @TempDir
    Path folder;

    private Path pipe()
    {
        try (Fd directory = FileCalls.open(folder.toString(), FileCalls.O_RDONLY | FileCalls.O_DIRECTORY, 0)) {
            FileCalls.mkfifoAt(directory, "pipe", 0600);
        }
        return folder.resolve("pipe");
    }

    private static boolean stays()
    {
        return false;
    }

    @Test
    void anOrdinaryFileIsReadUpToTheLimit() throws IOException
    {
        Path file = Files.writeString(folder.resolve("file"), "0123456789");
        assertThat(CallerFile.read(file, 100, CallerFileTest::stays)).asString().isEqualTo("0123456789");
        assertThat(CallerFile.read(file, 4, CallerFileTest::stays)).asString().isEqualTo("0123");
        assertThatThrownBy(() -> CallerFile.read(folder.resolve("none"), 1, CallerFileTest::stays)).isInstanceOf(ErrnoException.class)
                .hasMessage("open " + folder.resolve("none") + ": no such file or directory");
    }

    /** The writer comes after the reader, writes more than a pipe holds, and leaves. */
    @Test
    void aPipeIsReadToItsEnd()
    {
        Path pipe = pipe();
        String text = "x".repeat(300_000);
        AtomicInteger looks = new AtomicInteger();
        CompletableFuture<Void> writer = new CompletableFuture<>();
        byte[] read = CallerFile.read(pipe, 1_000_000, () -> {
            // The reader has looked once and found nobody.
            if (looks.incrementAndGet() == 1) {
                CompletableFuture.runAsync(() -> write(pipe, text)).whenComplete((done, failure) -> writer.complete(null));
            }
            return false;
        });
        assertThat(new String(read, StandardCharsets.US_ASCII)).isEqualTo(text);
        writer.join();
    }

    private static void write(Path pipe, String text)
    {
        try {
            Files.writeString(pipe, text);
        }
        catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void nobodyWaitsForAPipeWhenTheCallerHasGone()
    {
        Path pipe = pipe();
        assertThatThrownBy(() -> CallerFile.read(pipe, 1, () -> true)).isInstanceOf(HostException.class).hasMessage("the caller has gone, who named " + pipe);
        assertThatThrownBy(() -> CallerFile.append(pipe, 0600, () -> true)).isInstanceOf(HostException.class).hasMessage("the caller has gone, who named " + pipe);
    }

    @Test
    void aReaderWhoDoesNotReadIsNotWaitedForEither()
    {
        Path pipe = pipe();
        try (Fd reader = FileCalls.open(pipe.toString(), FileCalls.O_RDONLY | FileCalls.O_NONBLOCK, 0);
                CallerFile file = CallerFile.append(pipe, 0600, () -> true)) {
            file.write(new byte[1000]);
            assertThatThrownBy(() -> file.write(new byte[1 << 20])).isInstanceOf(HostException.class).hasMessage("the caller has gone, who named " + pipe);
            assertThat(FileCalls.drain(reader)).isTrue();
        }
    }

    @Test
    void aDeviceWithoutAnEndIsReadUpToTheLimit()
    {
        assertThat(CallerFile.read(Path.of("/dev/zero"), 70_000, CallerFileTest::stays)).hasSize(70_000);
        assertThat(CallerFile.read(Path.of("/dev/null"), 70_000, CallerFileTest::stays)).isEmpty();
    }

    @Test
    void whatIsNoOrdinaryFileIsNotWaitedForWhereOneIsExpected() throws IOException
    {
        assertThat(CallerFile.readOrdinary(pipe(), 10)).isEmpty();
        assertThat(CallerFile.readOrdinary(Path.of("/dev/zero"), 10)).isEmpty();
        assertThat(CallerFile.readOrdinary(Files.writeString(folder.resolve("file"), "17"), 10)).hasValueSatisfying(read -> assertThat(read).asString().isEqualTo("17"));
    }

    @Test
    void piecesAreAppended() throws IOException
    {
        Path file = Files.writeString(folder.resolve("file"), "a");
        try (CallerFile log = CallerFile.append(file, 0600, CallerFileTest::stays)) {
            log.write("b".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
            log.write("c".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(file).hasContent("a" + "b".repeat(100_000) + "c");
    }
}
