package io.jrunc.os;

import java.util.Optional;
import java.util.OptionalLong;

import com.kenai.jffi.PageManager;

/**
 * Calls that wait for no device and no server: what the kernel does not have in memory it refuses. Empty = it refuses, or anything else
 * is in the way; the usual call then says what.
 *
 * <p>Source: openat2(2) of RESOLVE_CACHED (Linux 5.12), open_by_handle_at(2) of AT_HANDLE_MNT_ID_UNIQUE (6.12), cachestat(2) (6.5),
 * readv(2) of RWF_NOWAIT.
 */
public final class NoWaitCalls
{
    private static final int RESOLVE_CACHED = 0x20;
    private static final int O_NOATIME = 01000000;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_HANDLE_MNT_ID_UNIQUE = 1;
    private static final int RWF_NOWAIT = 8;
    private static final String OF_9P = "/sys/fs/9p";
    private static final int F_OK = 0;

    private NoWaitCalls() {}

    /**
     * An O_PATH descriptor, for which no file system is asked: but for 9p, which asks its server about the root of a mount all the same,
     * also when it lies below an overlay. Where the kernel has 9p nothing is found.
     *
     * @param directory it must be one, and no link may lead to it
     */
    public static Optional<Fd> find(String path, boolean directory)
    {
        try (Scratch scratch = Scratch.open()) {
            if (Kernel.raw(Nr.FACCESSAT, Fd.CWD, scratch.string(OF_9P), F_OK) == 0) {
                return Optional.empty();
            }
            int how = scratch.take(24);
            scratch.putLong(how, FileCalls.O_PATH | FileCalls.O_CLOEXEC | (directory ? FileCalls.O_DIRECTORY : 0));
            scratch.putLong(how + 16, RESOLVE_CACHED | (directory ? FileCalls.RESOLVE_NO_SYMLINKS : 0));
            long result = Kernel.raw(Nr.OPENAT2, Fd.CWD, scratch.string(path), scratch.address(how), 24, 0);
            return result < 0 ? Optional.empty() : Optional.of(Fd.adopt((int) result));
        }
    }

    /** The number of the mount that it is on: no other one gets it as long as the machine runs. */
    public static OptionalLong mount(Fd file)
    {
        try (Scratch scratch = Scratch.open()) {
            // With room for no handle: the mount is told beside the refusal.
            int handle = scratch.take(8);
            int mount = scratch.take(8);
            Kernel.raw(Nr.NAME_TO_HANDLE_AT, file.raw(), scratch.string(""), scratch.address(handle), scratch.address(mount),
                    AT_EMPTY_PATH | AT_HANDLE_MNT_ID_UNIQUE);
            long number = scratch.getLong(mount);
            return number == 0 ? OptionalLong.empty() : OptionalLong.of(number);
        }
    }

    /**
     * The same file, to be read: for a file system that is known to open files without asking anybody. A program that has asked the kernel
     * to be asked about each of its files, a virus scanner, is waited for, as by everybody on the machine.
     */
    public static Optional<Fd> reopen(Fd found)
    {
        try (Scratch scratch = Scratch.open()) {
            long result = Kernel.raw(Nr.OPENAT, Fd.CWD, scratch.string("/proc/self/fd/" + found.raw()),
                    FileCalls.O_RDONLY | FileCalls.O_NONBLOCK | FileCalls.O_NOCTTY | O_NOATIME | FileCalls.O_CLOEXEC, 0, 0);
            return result < 0 ? Optional.empty() : Optional.of(Fd.adopt((int) result));
        }
    }

    /**
     * Its first {@code size} bytes, if all of them are in memory.
     *
     * @param size at most 64 KiB
     * @param memory its file system is a tmpfs, which keeps its files nowhere else: it knows no reading that does not wait. What is swapped
     *        out in the moment between is fetched, as any of our own memory would be
     */
    public static Optional<byte[]> read(Fd file, int size, boolean memory)
    {
        return isCached(file, size) ? readNow(file, size, memory ? 0 : RWF_NOWAIT) : Optional.empty();
    }

    /** A read that is refused begins to fetch what is missing, for which it may wait: so it is asked for first. */
    private static boolean isCached(Fd file, int size)
    {
        try (Scratch scratch = Scratch.open()) {
            int range = scratch.take(16);
            scratch.putLong(range + 8, size);
            int found = scratch.take(40);
            long result = Kernel.raw(Nr.CACHESTAT, file.raw(), scratch.address(range), scratch.address(found), 0, 0);
            return result == 0 && scratch.getLong(found) * PageManager.getInstance().pageSize() >= size;
        }
    }

    private static Optional<byte[]> readNow(Fd file, int size, int flags)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.room(size);
            int vector = scratch.take(16);
            scratch.putLong(vector, scratch.address(room));
            scratch.putLong(vector + 8, size);
            long got = Kernel.six(Nr.PREADV2, file.raw(), scratch.address(vector), 1, 0, 0, flags);
            return got == size ? Optional.of(scratch.copy(room, size)) : Optional.empty();
        }
    }
}
