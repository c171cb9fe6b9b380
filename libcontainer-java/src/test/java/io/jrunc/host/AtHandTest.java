package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtHandTest
{
    @TempDir
    Path folder;

    /** Reads a file of this folder on a detour, after which those of its mount may be at hand. */
    private void getToKnowTheMount() throws IOException
    {
        Path file = Files.writeString(folder.resolve("first"), "first");
        assertThat(read(file)).isEqualTo("first");
        assumeTrue(atHand(file).isPresent(), "a kernel before 6.12, or a file system that may have to ask somebody");
    }

    private static String read(Path file)
    {
        return new String(CallerFile.read(file, AtHand.MOST, () -> false));
    }

    /** The kernel also refuses where somebody mounts or renames anything at that moment. */
    private static <T> T often(Supplier<T> look, Predicate<T> enough)
    {
        T seen = look.get();
        for (int i = 0; i < 1000 && !enough.test(seen); i++) {
            LockSupport.parkNanos(100_000);
            seen = look.get();
        }
        return seen;
    }

    private static Optional<String> atHand(Path file)
    {
        return often(() -> AtHand.read(file).map(String::new), Optional::isPresent);
    }

    private static Optional<byte[]> once(Path file)
    {
        return AtHand.read(file);
    }

    @Test
    void whatIsInMemoryIsReadInTheThreadThatAsks() throws IOException
    {
        getToKnowTheMount();
        Path file = Files.writeString(folder.resolve("config.json"), "{}");
        Thread own = Thread.currentThread();
        Thread reader = often(() -> CallerFile.read(file, AtHand.MOST, () -> false, (content, looks) -> {
            assertThat(content).asString().isEqualTo("{}");
            return Thread.currentThread();
        }), own::equals);
        assertThat(reader).isSameAs(own);
        Thread looker = CallerFile.read(file, AtHand.MOST, () -> false, (content, looks) -> looks.at(folder, Thread::currentThread));
        assertThat(looker).as("who looks at a path that the file names").isNotSameAs(own);
    }

    /** Where managers keep their bundles. */
    @Test
    void aFileInMemoryAloneIsReadThereToo() throws IOException
    {
        getToKnowTheMount();
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "at-hand");
        Path file = memory.resolve("config.json");
        try {
            Files.writeString(file, "{}");
            assertThat(read(file)).isEqualTo("{}");
            assertThat(atHand(file)).contains("{}");
            Files.writeString(file, "");
            try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
                sparse.setLength(AtHand.MOST);
            }
            assertThat(once(file)).as("a hole, for which there is no memory yet").isEmpty();
            assertThat(read(file)).hasSize(AtHand.MOST);
        }
        finally {
            Files.deleteIfExists(file);
            Files.delete(memory);
        }
    }

    @Test
    void theContentIsThatOfNow() throws IOException
    {
        getToKnowTheMount();
        Path file = Files.writeString(folder.resolve("file"), "old");
        assertThat(atHand(file)).contains("old");
        Files.writeString(file, "another one");
        assertThat(atHand(file)).contains("another one");
        Files.move(Files.writeString(folder.resolve("new"), "x".repeat(AtHand.MOST)), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(atHand(file)).contains("x".repeat(AtHand.MOST));
        Files.delete(file);
        assertThat(once(file)).isEmpty();
    }

    @Test
    void whatIsNoOrdinaryFileOrTooLargeIsNot() throws IOException
    {
        getToKnowTheMount();
        assertThat(once(folder)).isEmpty();
        assertThat(once(Files.createFile(folder.resolve("empty")))).isEmpty();
        assertThat(once(Files.writeString(folder.resolve("large"), "x".repeat(AtHand.MOST + 1)))).isEmpty();
        try (Fd directory = FileCalls.open(folder.toString(), FileCalls.O_RDONLY | FileCalls.O_DIRECTORY, 0)) {
            FileCalls.mkfifoAt(directory, "pipe", 0600);
        }
        assertThat(once(folder.resolve("pipe"))).isEmpty();
        assertThat(once(Path.of("/proc/self/status"))).as("of a file system that is not known").isEmpty();
        assertThat(read(Path.of("/proc/self/comm"))).isNotEmpty();
        assertThat(once(Path.of("/proc/self/comm"))).isEmpty();
    }

    @Test
    void aLinkToAFileIsFollowedAndOneToADirectoryIsNot() throws IOException
    {
        getToKnowTheMount();
        Path file = Files.writeString(folder.resolve("file"), "content");
        Path link = Files.createSymbolicLink(folder.resolve("to-file"), file);
        // Who follows a link first, or first in a day, writes that down, for which the kernel may wait: somebody else has to.
        assertThat(often(() -> {
            assertThat(read(link)).isEqualTo("content");
            return AtHand.read(link).map(String::new);
        }, Optional::isPresent)).contains("content");
        Path real = folder.toRealPath();
        assertThat(often(() -> AtHand.isPlainDirectory(real), known -> known)).isTrue();
        assertThat(AtHand.isPlainDirectory(Files.createSymbolicLink(real.resolve("to-folder"), folder))).isFalse();
        assertThat(AtHand.isPlainDirectory(file)).isFalse();
        assertThat(AtHand.isPlainDirectory(folder.resolve("none"))).isFalse();
    }
}
