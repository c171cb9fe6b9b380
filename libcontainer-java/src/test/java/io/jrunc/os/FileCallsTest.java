package io.jrunc.os;

import static io.jrunc.os.FileCalls.O_DIRECTORY;
import static io.jrunc.os.FileCalls.O_NONBLOCK;
import static io.jrunc.os.FileCalls.O_PATH;
import static io.jrunc.os.FileCalls.O_RDONLY;
import static io.jrunc.os.FileCalls.O_RDWR;
import static io.jrunc.os.FileCalls.POLLHUP;
import static io.jrunc.os.FileCalls.POLLIN;
import static io.jrunc.os.FileCalls.RESOLVE_BENEATH;
import static io.jrunc.os.FileCalls.RESOLVE_NO_SYMLINKS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest
{
    @TempDir
    private Path folder;
    private Fd directory;

    @BeforeEach
    void open()
    {
        directory = FileCalls.open(folder.toString(), O_PATH | O_DIRECTORY, 0);
    }

    @AfterEach
    void close()
    {
        directory.close();
    }

    private static void refused(int errno, ThrowingCallable call)
    {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }

    @Test
    void filesOfRecordsAreReadToTheirEnd()
            throws IOException
    {
        for (int size : new int[] {0, 1, 2047, 2048, 5000, 70_000}) {
            byte[] content = "x".repeat(size).getBytes(UTF_8);
            Files.write(folder.resolve("records"), content);
            try (Fd file = FileCalls.openAt(directory, "records", O_RDONLY, 0)) {
                assertThat(FileCalls.readRecords(file, 100_000)).isEqualTo(content);
            }
            try (Fd file = FileCalls.openAt(directory, "records", O_RDONLY, 0)) {
                assertThat(FileCalls.readRecords(file, 3000)).hasSize(Math.min(size, 3000));
            }
        }
        try (Fd all = FileCalls.open("/proc/kallsyms", O_RDONLY, 0)) {
            assertThat(FileCalls.readRecords(all, 1 << 20)).as("of a file with many pages of records").hasSizeGreaterThan(100_000);
        }
    }

    @Test
    void namesBeneathADirectoryCannotLeaveIt()
            throws IOException
    {
        Files.createSymbolicLink(folder.resolve("out"), Path.of("/no/such/place"));
        Files.writeString(folder.resolve("file"), "text");
        Files.createSymbolicLink(folder.resolve("in"), Path.of("file"));
        refused(Errno.EXDEV, () -> FileCalls.openAt2(directory, "../x", O_RDONLY, 0, RESOLVE_BENEATH));
        refused(Errno.EXDEV, () -> FileCalls.openAt2(directory, "out", O_RDONLY, 0, RESOLVE_BENEATH));
        refused(Errno.ELOOP, () -> FileCalls.openAt2(directory, "in", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
        try (Fd fd = FileCalls.openAt2(directory, "in", O_RDONLY, 0, RESOLVE_BENEATH)) {
            assertThat(new String(FileCalls.read(fd, 100), UTF_8)).isEqualTo("text");
        }
    }

    @Test
    void readingStopsAtTheLimit()
            throws IOException
    {
        byte[] content = new byte[200_000];
        content[199_999] = 7;
        Files.write(folder.resolve("large"), content);
        try (Fd fd = FileCalls.openAt(directory, "large", O_RDONLY, 0)) {
            assertThat(FileCalls.read(fd, 150_000)).hasSize(150_000);
            assertThat(FileCalls.read(fd, 1 << 20)).hasSize(50_000).endsWith((byte) 7);
        }
    }

    @Test
    void statShowsWhatAFileIs()
            throws IOException
    {
        Files.writeString(folder.resolve("file"), "text");
        Files.createLink(folder.resolve("second"), folder.resolve("file"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("file"));
        FileCalls.Stat file = FileCalls.statAt(directory, "file");
        assertThat(file.isRegular()).isTrue();
        assertThat(file.size()).isEqualTo(4);
        assertThat(file.links()).isEqualTo(2);
        assertThat(file.uid()).isEqualTo(ProcessCalls.effectiveUid());
        assertThat(FileCalls.statAt(directory, "link").sameAs(file)).isTrue();
        assertThat(FileCalls.linkStatAt(directory, "link").isLink()).isTrue();
        assertThat(FileCalls.stat(directory).isDirectory()).isTrue();
        FileCalls.Stat none = FileCalls.stat("/dev/null");
        assertThat(none.isCharacterDevice()).isTrue();
        assertThat(none.major()).isEqualTo(1);
        assertThat(none.minor()).isEqualTo(3);
        assertThat(FileCalls.readLinkAt(directory, "link")).isEqualTo("file");
    }

    @Test
    void aRenameReplacesWhatIsThere()
            throws IOException
    {
        Files.writeString(folder.resolve("new"), "new");
        Files.writeString(folder.resolve("old"), "old");
        FileCalls.renameAt(directory, "new", "old");
        assertThat(folder.resolve("old")).hasContent("new");
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void aLockKeepsOthersOutUntilItsDescriptorIsClosed()
    {
        try (Fd first = FileCalls.open(folder.toString(), O_RDONLY | O_DIRECTORY, 0);
                Fd second = FileCalls.open(folder.toString(), O_RDONLY | O_DIRECTORY, 0)) {
            assertThat(FileCalls.tryLock(first)).isTrue();
            assertThat(FileCalls.tryLock(second)).isFalse();
            assertThat(FileCalls.tryLockShared(second)).isFalse();
            first.close();
            assertThat(FileCalls.tryLockShared(second)).isTrue();
        }
    }

    @Test
    void sealedMemoryCanNeitherGrowNorShrinkNorChange()
    {
        try (Fd memory = FileCalls.sealedMemory("test", "fixed".getBytes(UTF_8))) {
            assertThat(FileCalls.seals(memory) & 0xf).isEqualTo(0xf);
            refused(Errno.EPERM, () -> FileCalls.write(memory, new byte[] {1}));
            assertThat(Kernel.raw(Nr.FTRUNCATE, memory.raw(), 1, 0)).isEqualTo(-Errno.EPERM);
            assertThat(FileCalls.read(memory, 100)).isEqualTo("fixed".getBytes(UTF_8));
        }
        assertThat(FileCalls.seals(directory)).isEqualTo(-1);
    }

    @Test
    void aSealedProgramIsAWholeCopyThatAnybodyMayExecuteAndNobodyChange() throws Exception
    {
        byte[] all = Files.readAllBytes(Path.of("/bin/true"));
        try (Fd program = FileCalls.open("/bin/true", O_RDONLY, 0); Fd copy = FileCalls.sealedProgram("test", program)) {
            assertThat(FileCalls.seals(copy) & 0xf).isEqualTo(0xf);
            assertThat(FileCalls.stat(copy).mode() & 07777).isEqualTo(0555);
            refused(Errno.EPERM, () -> FileCalls.write(copy, new byte[] {1}));
            FileCalls.rewind(copy);
            assertThat(FileCalls.read(copy, all.length + 1)).isEqualTo(all);
            assertThat(new ProcessBuilder("/proc/" + ProcessHandle.current().pid() + "/fd/" + copy.raw()).start().waitFor()).isZero();
            // Nobody's position is moved.
            assertThat(FileCalls.read(program, all.length + 1)).isEqualTo(all);
        }
    }

    @Test
    void aFifoIsMadeOnceAndTellsWhenItsWriterLeaves()
    {
        FileCalls.mkfifoAt(directory, "fifo", 0600);
        FileCalls.mkfifoAt(directory, "fifo", 0600);
        try (Fd reader = FileCalls.openAt(directory, "fifo", O_RDONLY | O_NONBLOCK, 0)) {
            try (Fd writer = FileCalls.openAt(directory, "fifo", O_RDWR, 0)) {
                assertThat(FileCalls.poll(Optional.of(Duration.ZERO), POLLIN, reader)).containsExactly(0);
                FileCalls.write(writer, new byte[] {42});
                assertThat(FileCalls.poll(Optional.empty(), POLLIN, reader)).containsExactly(POLLIN);
                assertThat(FileCalls.readSome(reader, 10)).containsExactly(42);
            }
            assertThat(FileCalls.poll(Optional.empty(), POLLIN, reader)).containsExactly(POLLHUP);
            assertThat(FileCalls.read(reader, 10)).isEmpty();
        }
    }

    @Test
    void descriptorsAreClosedInProgramsThatOthersStart()
            throws IOException
    {
        try (Fd copy = FileCalls.duplicate(directory); Fd memory = FileCalls.memory("test"); Fd counter = FileCalls.eventCounter()) {
            for (Fd fd : new Fd[] {directory, copy, memory, counter}) {
                String flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd.raw())).get(1).split("\\s+")[1];
                assertThat(Integer.parseInt(flags, 8) & 02000000).as("O_CLOEXEC of %s", fd).isNotZero();
            }
        }
    }

    @Test
    void removingIsByKind()
    {
        FileCalls.mkdirAt(directory, "sub", 0700);
        refused(Errno.EISDIR, () -> FileCalls.unlinkAt(directory, "sub"));
        assertThat(FileCalls.unlinkAt(directory, "absent")).isFalse();
        FileCalls.rmdirAt(directory, "sub");
        refused(Errno.ENOENT, () -> FileCalls.rmdirAt(directory, "sub"));
        assertThat(folder).isEmptyDirectory();
    }
}
