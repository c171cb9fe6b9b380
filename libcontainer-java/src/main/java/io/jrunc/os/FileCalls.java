package io.jrunc.os;

import static io.jrunc.error.Errno.EAGAIN;
import static io.jrunc.error.Errno.EEXIST;
import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.EIO;
import static io.jrunc.error.Errno.ENOENT;

import io.jrunc.error.ErrnoException;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Files, directories and descriptors. Every descriptor that comes from here is close-on-exec.
 *
 * <p>Long, as it is a list: one short method for each call, with nothing that could be split off but by the alphabet.
 *
 * <p><b>Errors</b>: each method throws {@link ErrnoException} with the call's name and the path or descriptor.
 */
public final class FileCalls
{
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    public static final int O_NOCTTY = 0400;
    public static final int O_SYNC = 04010000;
    private static final int IN_MODIFY = 2;
    public static final int O_DIRECTORY = System.getProperty("os.arch").equals("aarch64") ? 040000 : 0200000;
    public static final int O_NOFOLLOW = System.getProperty("os.arch").equals("aarch64") ? 0100000 : 0400000;
    public static final int O_PATH = 010000000;
    static final int O_CLOEXEC = 02000000;

    public static final int RESOLVE_NO_XDEV = 1;
    public static final int RESOLVE_NO_MAGICLINKS = 2;
    public static final int RESOLVE_NO_SYMLINKS = 4;
    public static final int RESOLVE_BENEATH = 8;
    public static final int RESOLVE_IN_ROOT = 16;

    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;
    public static final int POLLERR = 8;
    public static final int POLLHUP = 16;

    /** RESOLVE_* loses races against renames with EAGAIN; after so many it is an attack or a broken machine. */
    private static final int RESOLVE_TRIES = 128;

    /** Half of the smallest page there is. */
    private static final int LAST_PIECE = 2048;

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_NOEXEC_SEAL = 8;
    private static final int MFD_EXEC = 16;
    private static final int F_ADD_SEALS = 1033;
    /** No more seals, no shrinking, growing and writing. */
    private static final int SEALS = 1 | 2 | 4 | 8;
    private static final int F_SEAL_EXEC = 32;

    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int STATX_BASIC_AND_MOUNT = 0x7ff | 0x1000;

    private FileCalls() {}

    /** Opens an absolute path as the engine sees it. @param mode of a new file; the engine's own umask is 0 */
    public static Fd open(String path, int flags, int mode)
    {
        try (Scratch scratch = Scratch.open()) {
            return Fd.adopt((int) Kernel.call("open", path, Nr.OPENAT, Fd.CWD, scratch.string(path), flags | O_CLOEXEC, mode, 0));
        }
    }

    /** As {@link #open}; empty = there is nothing of that name. Where that is usual, an exception costs several times what the call does. */
    public static Optional<Fd> openIfThere(String path, int flags)
    {
        try (Scratch scratch = Scratch.open()) {
            long result = Kernel.raw(Nr.OPENAT, Fd.CWD, scratch.string(path), flags | O_CLOEXEC);
            return foundOrNot("open", path, result);
        }
    }

    private static Optional<Fd> foundOrNot(String call, String object, long result)
    {
        if (result == -ENOENT) {
            return Optional.empty();
        }
        if (result < 0) {
            throw new ErrnoException(call, object, (int) -result);
        }
        return Optional.of(Fd.adopt((int) result));
    }

    /** Opens a name relative to a directory. Follows links as the kernel does: for names that nobody hostile chose. */
    public static Fd openAt(Fd directory, String name, int flags, int mode)
    {
        try (Scratch scratch = Scratch.open()) {
            return Fd.adopt((int) Kernel.call("openat", name, Nr.OPENAT, directory.raw(), scratch.string(name), flags | O_CLOEXEC, mode, 0));
        }
    }

    /** Opens a name with openat2(2) (Linux 5.6). @param resolve RESOLVE_* bits */
    public static Fd openAt2(Fd directory, String name, int flags, int mode, int resolve)
    {
        long result = tryOpenAt2(directory, name, flags, mode, resolve);
        if (result < 0) {
            throw new ErrnoException("openat2", name, (int) -result);
        }
        return Fd.adopt((int) result);
    }

    /** As {@link #openAt2}, and as {@link #openIfThere}. */
    public static Optional<Fd> openAt2IfThere(Fd directory, String name, int flags, int resolve)
    {
        return foundOrNot("openat2", name, tryOpenAt2(directory, name, flags, 0, resolve));
    }

    private static long tryOpenAt2(Fd directory, String name, int flags, int mode, int resolve)
    {
        try (Scratch scratch = Scratch.open()) {
            int how = scratch.take(24);
            scratch.putLong(how, flags | O_CLOEXEC);
            scratch.putLong(how + 8, mode);
            scratch.putLong(how + 16, resolve);
            long path = scratch.string(name);
            long result = -EAGAIN;
            for (int i = 0; i < RESOLVE_TRIES && result == -EAGAIN; i++) {
                result = Kernel.raw(Nr.OPENAT2, directory.raw(), path, scratch.address(how), 24, 0);
            }
            return result;
        }
    }

    /** Reads to the end of file, at most {@code limit} bytes. */
    public static byte[] read(Fd fd, int limit)
    {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.room(Math.min(65536, Math.max(limit, 1)));
            while (all.size() < limit) {
                int wanted = Math.min(65536, limit - all.size());
                int got = (int) Kernel.call("read", fd, Nr.READ, fd.raw(), scratch.address(room), wanted);
                if (got == 0) {
                    break;
                }
                all.writeBytes(scratch.copy(room, got));
            }
        }
        return all.toByteArray();
    }

    /**
     * Reads a file of procfs or cgroupfs that the kernel prints at once, or in records shorter than half a page. It comes in one piece
     * then, or in pieces of a page less a record: a smaller one is the last, and nothing asks for the end after it.
     */
    public static byte[] readRecords(Fd fd, int limit)
    {
        byte[] first = readSome(fd, limit);
        if (first.length < Math.min(limit, LAST_PIECE)) {
            return first;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        all.writeBytes(read(fd, limit - first.length));
        return all.toByteArray();
    }

    /** One read(2): what is there now, empty at the end of file. */
    public static byte[] readSome(Fd fd, int limit)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.room(Math.min(65536, limit));
            int got = (int) Kernel.call("read", fd, Nr.READ, fd.raw(), scratch.address(room), Math.min(65536, limit));
            return scratch.copy(room, got);
        }
    }

    /** Writes all bytes, in as many calls as it takes. */
    public static void write(Fd fd, byte[] bytes)
    {
        int done = 0;
        while (done < bytes.length) {
            try (Scratch scratch = Scratch.open()) {
                int part = Math.min(65536, bytes.length - done);
                int room = scratch.bytes(java.util.Arrays.copyOfRange(bytes, done, done + part));
                done += (int) Kernel.call("write", fd, Nr.WRITE, fd.raw(), scratch.address(room), part);
            }
        }
    }

    /** One write(2) of at most 64 KiB. @return how much was taken */
    public static int writeSome(Fd fd, byte[] bytes)
    {
        try (Scratch scratch = Scratch.open()) {
            int part = Math.min(65536, bytes.length);
            int room = scratch.room(part);
            scratch.put(room, bytes, part);
            return (int) Kernel.call("write", fd, Nr.WRITE, fd.raw(), scratch.address(room), part);
        }
    }

    /** One write(2): files of procfs and cgroupfs take a value whole or not at all. @param object for the error */
    public static void writeOnce(Fd fd, String object, String value)
    {
        try (Scratch scratch = Scratch.open()) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            Kernel.call("write", object, Nr.WRITE, fd.raw(), scratch.address(scratch.bytes(bytes)), bytes.length);
        }
    }

    public static void mkdirAt(Fd directory, String name, int mode)
    {
        try (Scratch scratch = Scratch.open()) {
            Kernel.call("mkdirat", name, Nr.MKDIRAT, directory.raw(), scratch.string(name), mode);
        }
    }

    /** Makes a fifo. Existing is fine when it is one. */
    public static void mkfifoAt(Fd directory, String name, int mode)
    {
        try (Scratch scratch = Scratch.open()) {
            long result = Kernel.raw(Nr.MKNODAT, directory.raw(), scratch.string(name), 0010000 | mode);
            if (result < 0 && result != -EEXIST) {
                throw new ErrnoException("mkfifo", name, (int) -result);
            }
        }
    }

    /** @return false = it was not there */
    public static boolean unlinkAt(Fd directory, String name)
    {
        try (Scratch scratch = Scratch.open()) {
            long result = Kernel.raw(Nr.UNLINKAT, directory.raw(), scratch.string(name), 0);
            if (result < 0 && result != -ENOENT) {
                throw new ErrnoException("unlink", name, (int) -result);
            }
            return result == 0;
        }
    }

    public static void rmdirAt(Fd directory, String name)
    {
        try (Scratch scratch = Scratch.open()) {
            Kernel.call("rmdir", name, Nr.UNLINKAT, directory.raw(), scratch.string(name), AT_REMOVEDIR);
        }
    }

    /** Atomic; replaces what is there. */
    public static void renameAt(Fd directory, String from, String to)
    {
        try (Scratch scratch = Scratch.open()) {
            Kernel.call("rename", from, Nr.RENAMEAT2, directory.raw(), scratch.string(from), directory.raw(), scratch.string(to), 0);
        }
    }

    /** The text of a link below a directory. */
    public static String readLinkAt(Fd directory, String name)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.room(4096);
            int length = (int) Kernel.call("readlink", name, Nr.READLINKAT, directory.raw(), scratch.string(name), scratch.address(room), 4096, 0);
            return new String(scratch.copy(room, length), StandardCharsets.UTF_8);
        }
    }

    /**
     * What statx(2) says.
     *
     * @param mount id of the mount it is on; 0 before Linux 5.8
     */
    public record Stat(int mode, int links, long uid, long gid, long inode, long size, int major, int minor, int deviceMajor, int deviceMinor, long mount)
    {
        private static final int S_IFMT = 0170000;

        public boolean isDirectory()
        {
            return (mode & S_IFMT) == 0040000;
        }

        public boolean isRegular()
        {
            return (mode & S_IFMT) == 0100000;
        }

        public boolean isLink()
        {
            return (mode & S_IFMT) == 0120000;
        }

        public boolean isPipe()
        {
            return (mode & S_IFMT) == 0010000;
        }

        public boolean isCharacterDevice()
        {
            return (mode & S_IFMT) == 0020000;
        }

        /** The same file: device and inode. */
        public boolean sameAs(Stat other)
        {
            return inode == other.inode && deviceMajor == other.deviceMajor && deviceMinor == other.deviceMinor;
        }
    }

    public static Stat stat(Fd fd)
    {
        return statx(fd.raw(), "", AT_EMPTY_PATH);
    }

    /** Follows a link at the end. */
    public static Stat statAt(Fd directory, String name)
    {
        return statx(directory.raw(), name, 0);
    }

    public static Stat linkStatAt(Fd directory, String name)
    {
        return statx(directory.raw(), name, AT_SYMLINK_NOFOLLOW);
    }

    public static Stat stat(String path)
    {
        return statx(Fd.CWD, path, 0);
    }

    private static Stat statx(int directory, String name, int flags)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(256);
            Kernel.call("statx", name.isEmpty() ? "fd " + directory : name, Nr.STATX, directory, scratch.string(name), flags, STATX_BASIC_AND_MOUNT, scratch.address(room));
            return new Stat(scratch.getShort(room + 28), scratch.getInt(room + 16), scratch.getInt(room + 20) & 0xffffffffL, scratch.getInt(room + 24) & 0xffffffffL,
                    scratch.getLong(room + 32), scratch.getLong(room + 40), scratch.getInt(room + 128), scratch.getInt(room + 132),
                    scratch.getInt(room + 136), scratch.getInt(room + 140), scratch.getLong(room + 144));
        }
    }

    /**
     * What fstatfs(2) says.
     *
     * @param type the file system's magic number, e.g. 0x9fa0 for procfs
     * @param flags ST_* bits: what this mount forbids
     */
    public record FileSystem(long type, long flags) {}

    public static FileSystem fileSystem(Fd fd)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(128);
            Kernel.call("fstatfs", fd, Nr.FSTATFS, fd.raw(), scratch.address(room), 0);
            return new FileSystem(scratch.getLong(room), scratch.getLong(room + 80));
        }
    }

    public static void sync(Fd fd)
    {
        Kernel.call("fsync", fd, Nr.FSYNC, fd.raw(), 0, 0);
    }

    public static void changeMode(Fd fd, int mode)
    {
        Kernel.call("fchmod", fd, Nr.FCHMOD, fd.raw(), mode, 0);
    }

    /** @param uid, gid -1 = leave */
    public static void changeOwner(Fd fd, long uid, long gid)
    {
        Kernel.call("fchown", fd, Nr.FCHOWN, fd.raw(), uid, gid);
    }

    public static void changeOwnerAt(Fd directory, String name, long uid, long gid)
    {
        try (Scratch scratch = Scratch.open()) {
            Kernel.call("fchownat", name, Nr.FCHOWNAT, directory.raw(), scratch.string(name), uid, gid, AT_SYMLINK_NOFOLLOW);
        }
    }

    /** Tries to lock an open file for us alone (flock(2)); the lock goes with the last copy of the descriptor. */
    public static boolean tryLock(Fd fd)
    {
        return flock(fd, 2 | 4);
    }

    /** The same, shared with others who ask for shared. */
    public static boolean tryLockShared(Fd fd)
    {
        return flock(fd, 1 | 4);
    }

    public static void unlock(Fd fd)
    {
        flock(fd, 8);
    }

    private static boolean flock(Fd fd, int operation)
    {
        long result = Kernel.raw(Nr.FLOCK, fd.raw(), operation, 0);
        if (result < 0 && result != -EAGAIN) {
            throw new ErrnoException("flock", fd.toString(), (int) -result);
        }
        return result >= 0;
    }

    /** A sealed file in memory with these bytes: whoever receives it can rely on them. Positioned at its start. */
    public static Fd sealedMemory(String name, byte[] bytes)
    {
        Fd fd = memory(name);
        try {
            write(fd, bytes);
            Kernel.call("lseek", name, Nr.LSEEK, fd.raw(), 0, 0);
            Kernel.call("fcntl", "F_ADD_SEALS", Nr.FCNTL, fd.raw(), F_ADD_SEALS, SEALS);
            return fd;
        }
        catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    /**
     * A sealed copy in memory of a program, for anybody to execute.
     *
     * @throws ErrnoException EACCES = the sysctl vm.memfd_noexec forbids such files; ENOMEM, EIO
     */
    public static Fd sealedProgram(String name, Fd program)
    {
        Fd fd = memory(name, MFD_EXEC);
        try {
            long left = stat(program).size();
            try (Scratch scratch = Scratch.open()) {
                long from = scratch.address(scratch.take(8));
                while (left > 0) {
                    long copied = Kernel.call("sendfile", name, Nr.SENDFILE, fd.raw(), program.raw(), from, left, 0);
                    if (copied == 0) {
                        throw new ErrnoException("sendfile", name, EIO);
                    }
                    left -= copied;
                }
            }
            changeMode(fd, 0555);
            // Before Linux 6.3 there is no seal for the mode.
            if (Kernel.raw(Nr.FCNTL, fd.raw(), F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0) {
                Kernel.call("fcntl", "F_ADD_SEALS", Nr.FCNTL, fd.raw(), F_ADD_SEALS, SEALS);
            }
            return fd;
        }
        catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    /** An empty file in memory that can be sealed later. */
    public static Fd memory(String name)
    {
        return memory(name, MFD_NOEXEC_SEAL);
    }

    /** @param execute whether it may be executed; before Linux 6.3 that cannot be said */
    private static Fd memory(String name, int execute)
    {
        try (Scratch scratch = Scratch.open()) {
            long label = scratch.string(name);
            // Hosts with the sysctl vm.memfd_noexec refuse those that do not say, or all that may be executed.
            long result = Kernel.raw(Nr.MEMFD_CREATE, label, MFD_CLOEXEC | MFD_ALLOW_SEALING | execute, 0);
            if (result == -EINVAL) {
                result = Kernel.raw(Nr.MEMFD_CREATE, label, MFD_CLOEXEC | MFD_ALLOW_SEALING, 0);
            }
            if (result < 0) {
                throw new ErrnoException("memfd_create", name, (int) -result);
            }
            return Fd.adopt((int) result);
        }
    }

    public static void rewind(Fd fd)
    {
        Kernel.call("lseek", fd, Nr.LSEEK, fd.raw(), 0, 0);
    }

    /** The seals of a memory file; -1 when it is none. */
    public static int seals(Fd fd)
    {
        long result = Kernel.raw(Nr.FCNTL, fd.raw(), 1034, 0);
        return result < 0 ? -1 : (int) result;
    }

    /** The O_* flags that the file was opened with, or has got since. */
    public static int statusFlags(Fd fd)
    {
        return (int) Kernel.call("fcntl", "F_GETFL", Nr.FCNTL, fd.raw(), 3, 0);
    }

    /** A second descriptor for the same open file. */
    public static Fd duplicate(Fd fd)
    {
        return Fd.adopt((int) Kernel.call("dup", fd, Nr.FCNTL, fd.raw(), 1030, 3));
    }

    /** A non-blocking counter to wake pollers with. */
    public static Fd eventCounter()
    {
        return Fd.adopt((int) Kernel.call("eventfd2", "", Nr.EVENTFD2, 0, 02000000 | 04000, 0));
    }

    /** Readable when one of these files was changed since it was last {@link #drain drained}; see inotify(7). */
    public static Fd watchChanges(List<String> paths)
    {
        Fd changes = Fd.adopt((int) Kernel.call("inotify_init1", "", Nr.INOTIFY_INIT1, 02000000 | 04000, 0, 0));
        try (Scratch scratch = Scratch.open()) {
            for (String path : paths) {
                Kernel.call("inotify_add_watch", path, Nr.INOTIFY_ADD_WATCH, changes.raw(), scratch.string(path), IN_MODIFY);
            }
            return changes;
        }
        catch (RuntimeException | Error e) {
            changes.close();
            throw e;
        }
    }

    /** Takes all that a non-blocking descriptor has. @return whether there was anything */
    public static boolean drain(Fd fd)
    {
        boolean any = false;
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(4096);
            while (Kernel.raw(Nr.READ, fd.raw(), scratch.address(room), 4096) > 0) {
                any = true;
            }
        }
        return any;
    }

    /** Two descriptors by number, for a kernel file that wants to be told them: {@code "7 9"}. */
    public static String numbers(Fd first, Fd second)
    {
        return first.raw() + " " + second.raw();
    }

    /** Reading end, writing end. */
    public static Fd[] pipe()
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(8);
            Kernel.call("pipe2", "", Nr.PIPE2, scratch.address(room), O_CLOEXEC, 0);
            return new Fd[] {Fd.adopt(scratch.getInt(room)), Fd.adopt(scratch.getInt(room + 4))};
        }
    }

    /** Changes the mode of what a path leads to. */
    public static void changeMode(String path, int mode)
    {
        try (Scratch scratch = Scratch.open()) {
            Kernel.call("fchmodat", path, Nr.FCHMODAT, Fd.CWD, scratch.string(path), mode);
        }
    }

    /**
     * Waits until one of the events is there.
     *
     * @param limit longest wait; empty = for ever
     * @return the events of each descriptor, all 0 when the time was up
     */
    public static int[] poll(Optional<Duration> limit, int events, Fd... fds)
    {
        try (Scratch scratch = Scratch.open()) {
            int set = scratch.take(8 * fds.length);
            for (int i = 0; i < fds.length; i++) {
                scratch.putInt(set + 8 * i, fds[i].raw());
                scratch.putShort(set + 8 * i + 4, events);
            }
            long timeout = 0;
            if (limit.isPresent()) {
                int time = scratch.take(16);
                long nanos = Math.max(0, limit.get().toNanos());
                scratch.putLong(time, nanos / 1_000_000_000L);
                scratch.putLong(time + 8, nanos % 1_000_000_000L);
                timeout = scratch.address(time);
            }
            // The kernel writes the time left into the timespec, so an interrupted wait goes on with what is left.
            Kernel.call("ppoll", "", Nr.PPOLL, scratch.address(set), fds.length, timeout, 0, 0);
            int[] found = new int[fds.length];
            for (int i = 0; i < fds.length; i++) {
                found[i] = scratch.getShort(set + 8 * i + 6);
            }
            return found;
        }
    }
}
