package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.NoWaitCalls;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the kernel has in memory already of a file that a caller has named: it needs no {@link Detour}, as no step to it waits for a
 * disk or a server. The path is looked up in the kernel's cache alone; the file is opened only on a mount of a file system that asks
 * nobody for that, which some detour has found out before; and of its content that alone is read which is cached.
 *
 * <p>Whatever is otherwise is not at hand, and no error: who takes the detour then learns of it.
 */
final class AtHand
{
    /** Bytes: what is larger takes its time anyway. */
    static final int MOST = 65536;

    private static final long EXT4 = 0xef53;
    private static final long XFS = 0x58465342;
    private static final long BTRFS = 0x9123683eL;
    private static final Set<Long> ON_DISK = Set.of(EXT4, XFS, BTRFS);
    private static final long TMPFS = 0x01021994;

    /** Whom a file system asks to open and read a file. */
    private enum Asks
    {
        ANYBODY,
        A_DISK,
        NOBODY;

        private static Asks of(long type)
        {
            return type == TMPFS ? NOBODY : ON_DISK.contains(type) ? A_DISK : ANYBODY;
        }
    }

    /** More than callers have their files on; with more of them the others take the detour. */
    private static final int MOST_MOUNTS = 256;
    /** By the mount's number. */
    private static final Map<Long, Asks> MOUNTS = new ConcurrentHashMap<>();

    private AtHand() {}

    /** The whole content of an ordinary file, if it is at hand and no longer than {@link #MOST}. */
    static Optional<byte[]> read(Path path)
    {
        if (MOUNTS.isEmpty()) {
            return Optional.empty();
        }
        Optional<Fd> found = NoWaitCalls.find(path.toString(), false);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (Fd file = found.get()) {
            OptionalLong mount = NoWaitCalls.mount(file);
            Asks asks = mount.isPresent() ? MOUNTS.getOrDefault(mount.getAsLong(), Asks.ANYBODY) : Asks.ANYBODY;
            return asks == Asks.ANYBODY ? Optional.empty() : content(file, asks == Asks.NOBODY);
        }
    }

    private static Optional<byte[]> content(Fd found, boolean memory)
    {
        FileCalls.Stat stat = FileCalls.stat(found);
        if (!stat.isRegular() || stat.size() == 0 || stat.size() > MOST) {
            return Optional.empty();
        }
        Optional<Fd> opened = NoWaitCalls.reopen(found);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (Fd file = opened.get()) {
            return NoWaitCalls.read(file, (int) stat.size(), memory);
        }
    }

    /** A file was opened and read on a detour: the next one of that mount may be at hand. */
    static void remember(Fd file)
    {
        OptionalLong mount = NoWaitCalls.mount(file);
        if (mount.isEmpty() || MOUNTS.containsKey(mount.getAsLong()) || MOUNTS.size() >= MOST_MOUNTS) {
            return;
        }
        Asks asks;
        try {
            asks = Asks.of(FileCalls.fileSystem(file).type());
        }
        catch (ErrnoException e) {
            asks = Asks.ANYBODY;
        }
        MOUNTS.put(mount.getAsLong(), asks);
    }

    /** Whether it is known, without a look at any disk, to be a directory that no link leads to. @param path absolute */
    static boolean isPlainDirectory(Path path)
    {
        Optional<Fd> found = NoWaitCalls.find(path.toString(), true);
        found.ifPresent(Fd::close);
        return found.isPresent();
    }
}
