package io.jrunc.host;

import static io.jrunc.error.Errno.EAGAIN;
import static io.jrunc.error.Errno.ENXIO;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A file that a caller has named for the engine to read or write. It may be anything: a pipe that nobody writes, a device that
 * never ends, a terminal. So nothing waits for it in the kernel, no more is read than was asked for, and a wait is over when the time
 * is up or the caller has gone.
 *
 * <p><b>Errors</b>: {@link ErrnoException} as the kernel says, {@link HostException} when the time was up or the
 * caller has gone.
 */
public final class CallerFile implements AutoCloseable
{
    /** For all of what is read, and for each piece that is written. The system property sets it, for tests that are not to wait. */
    private static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("jrunc.deadline.file.seconds", 60));
    /** Between two looks at whether the caller is still there. */
    private static final Duration GLANCE = Duration.ofMillis(100);
    private static final int PIECE = 65536;

    private final Fd fd;
    private final Path path;
    private final BooleanSupplier gone;

    private CallerFile(Fd fd, Path path, BooleanSupplier gone)
    {
        this.fd = fd;
        this.path = path;
        this.gone = gone;
    }

    /** What is made of a file's content, perhaps by looks at other paths. */
    public interface Reader<T>
    {
        T read(byte[] content, Looks looks);
    }

    /** How a reader looks at paths that a file names, so that none of them holds the command for ever. */
    public static final class Looks
    {
        private final BooleanSupplier gone;
        /** Where it is looking now; empty = in the command's own thread, and each look takes a detour of its own. */
        private final Optional<AtomicReference<String>> at;

        private Looks(BooleanSupplier gone, Optional<AtomicReference<String>> at)
        {
            this.gone = gone;
            this.at = at;
        }

        public <T> T at(Path path, Supplier<T> look)
        {
            if (at.isEmpty()) {
                return Detour.take(path::toString, gone, look, late -> { });
            }
            at.get().set(path.toString());
            try {
                return look.get();
            }
            finally {
                at.get().set("");
            }
        }

        /**
         * The path of a directory that is looked at only where the kernel does not know it already.
         *
         * @param path absolute, without dots; @param look finds its canonical path, or says what is wrong with it
         */
        public String atDirectory(Path path, Supplier<String> look)
        {
            return AtHand.isPlainDirectory(path) ? path.toString() : at(path, look);
        }
    }

    /** An ordinary file is read where it was opened, and closed; of any other there is the open file. */
    private record Found<T>(Optional<T> ordinary, Optional<CallerFile> other)
    {
        void close()
        {
            other.ifPresent(CallerFile::close);
        }
    }

    /** @param limit bytes; of a longer file the beginning; @param gone the caller waits no more */
    public static byte[] read(Path path, int limit, BooleanSupplier gone)
    {
        return read(path, limit, gone, (content, looks) -> content);
    }

    /** As above; the reader does its work in the thread that has read the file: the caller's own if the file is {@link AtHand at hand}. */
    public static <T> T read(Path path, int limit, BooleanSupplier gone, Reader<T> reader)
    {
        Optional<byte[]> ready = limit < AtHand.MOST ? Optional.empty() : AtHand.read(path);
        if (ready.isPresent()) {
            return reader.read(ready.get(), new Looks(gone, Optional.empty()));
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        Found<T> found = find(path, limit, end, gone, reader);
        if (found.other().isEmpty()) {
            return found.ordinary().orElseThrow();
        }
        byte[] content;
        try (CallerFile file = found.other().get()) {
            content = file.read(limit, end);
        }
        AtomicReference<String> at = new AtomicReference<>("");
        return Detour.take(at::get, gone, () -> reader.read(content, new Looks(gone, Optional.of(at))), late -> { });
    }

    /** What is no ordinary file has nothing to be read; nobody waits for it. @throws ErrnoException as above */
    public static Optional<byte[]> readOrdinary(Path path, int limit)
    {
        Found<byte[]> found = find(path, limit, System.nanoTime(), () -> false, (content, looks) -> content);
        found.close();
        return found.ordinary();
    }

    private static <T> Found<T> find(Path path, int limit, long end, BooleanSupplier gone, Reader<T> reader)
    {
        AtomicReference<String> at = new AtomicReference<>(path.toString());
        return patiently(path, at::get, end, gone, () -> {
            byte[] all;
            Fd fd = open(path, FileCalls.O_RDONLY, 0);
            try {
                if (!FileCalls.stat(fd).isRegular()) {
                    return new Found<>(Optional.empty(), Optional.of(new CallerFile(fd, path, gone)));
                }
                all = FileCalls.read(fd, limit);
                AtHand.remember(fd);
            }
            catch (RuntimeException | Error e) {
                fd.close();
                throw e;
            }
            fd.close();
            at.set("");
            return new Found<>(Optional.of(reader.read(all, new Looks(gone, Optional.of(at)))), Optional.empty());
        }, Found::close);
    }

    private byte[] read(int limit, long end)
    {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < limit) {
            // Before a read: where no writer has been yet, that would find the end.
            await(FileCalls.POLLIN, end, "nothing came for " + PATIENCE.toSeconds() + " s");
            try {
                byte[] some = FileCalls.readSome(fd, Math.min(PIECE, limit - all.size()));
                if (some.length == 0) {
                    break;
                }
                all.writeBytes(some);
            }
            catch (ErrnoException e) {
                if (!e.is(EAGAIN)) {
                    throw e;
                }
            }
            if (System.nanoTime() - end > 0) {
                throw new HostException("cannot read " + path + ": it did not end for " + PATIENCE.toSeconds() + " s");
            }
        }
        return all.toByteArray();
    }

    /** Opens it to write at its end; made if it is not there. @param mode of a new file, less no umask */
    public static CallerFile append(Path path, int mode, BooleanSupplier gone)
    {
        int flags = FileCalls.O_WRONLY | FileCalls.O_CREAT | FileCalls.O_APPEND | FileCalls.O_SYNC;
        long end = System.nanoTime() + PATIENCE.toNanos();
        return patiently(path, path::toString, end, gone, () -> new CallerFile(open(path, flags, mode), path, gone), CallerFile::close);
    }

    /** Returns when all is written, through to the disk if it is on one. */
    public void write(byte[] bytes)
    {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int done = 0; done < bytes.length;) {
            try {
                done += FileCalls.writeSome(fd, done == 0 ? bytes : Arrays.copyOfRange(bytes, done, bytes.length));
            }
            catch (ErrnoException e) {
                if (!e.is(EAGAIN)) {
                    throw e;
                }
                await(FileCalls.POLLOUT, end, "nobody read from it for " + PATIENCE.toSeconds() + " s");
            }
        }
    }

    /** A terminal shall not become the engine's own. */
    private static Fd open(Path path, int flags, int mode)
    {
        return FileCalls.open(path.toString(), flags | FileCalls.O_NONBLOCK | FileCalls.O_NOCTTY, mode);
    }

    /** Opens it, again and again where somebody else has to do something first; its file system may not answer at all. */
    private static <T> T patiently(Path path, Supplier<String> at, long end, BooleanSupplier gone, Supplier<T> opening, Consumer<T> unwanted)
    {
        while (true) {
            try {
                return Detour.take(at, gone, opening, unwanted);
            }
            catch (ErrnoException e) {
                // A pipe without a reader, or a file that somebody has leased and must give up first.
                if (!(e.is(ENXIO) && FileCalls.stat(path.toString()).isPipe()) && !e.is(EAGAIN)) {
                    throw e;
                }
            }
            FileCalls.poll(Optional.of(GLANCE), 0);
            check(path, end, "nobody opened its other end for " + PATIENCE.toSeconds() + " s", gone);
        }
    }

    private void await(int events, long end, String complaint)
    {
        while (FileCalls.poll(Optional.of(GLANCE), events, fd)[0] == 0) {
            check(path, end, complaint, gone);
        }
    }

    private static void check(Path path, long end, String complaint, BooleanSupplier gone)
    {
        if (gone.getAsBoolean()) {
            throw new HostException("the caller has gone, who named " + path);
        }
        if (System.nanoTime() - end > 0) {
            throw new HostException("cannot use " + path + ": " + complaint);
        }
    }

    @Override
    public void close()
    {
        fd.close();
    }
}
