package io.jrunc.host;

import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.EPERM;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.MountCalls;

import java.util.Optional;

/**
 * Sources of bind mounts: detached copies of host trees, with their attributes set before any container sees them.
 */
public final class SourceTrees
{
    /** Every attribute that a second bind remount decides; atime apart, which keeps its mode unless asked. */
    private static final long ATTRIBUTES = 0x1 | 0x2 | 0x4 | 0x8 | 0x80 | 0x200000;
    private static final long ATIME = 0x70;
    private static final long NODIRATIME = 0x80;
    private static final long MS_SLAVE = 0x80000;

    private SourceTrees() {}

    /**
     * A detached copy, a slave of where it came from: what the container mounts in it stays there.
     *
     * @param followLast follow a link at the end of the path
     * @param slave false = keep peers, for a container whose root shares its mounts with the host
     */
    public static Fd open(String path, boolean recursive, boolean followLast, boolean slave)
    {
        Fd tree = MountCalls.copyTree(path, recursive, followLast);
        try {
            if (slave) {
                MountCalls.setAttributes(tree, recursive, 0, 0, MS_SLAVE, -1);
            }
            return tree;
        }
        catch (RuntimeException e) {
            tree.close();
            throw e;
        }
    }

    /**
     * Gives the top mount exactly these attributes, whatever its source had. If the kernel keeps one of the source's locked, that
     * one stays; if it was asked to go, that is an error.
     *
     * @param set MOUNT_ATTR_* asked for; @param clear asked not to be there
     * @throws ErrnoException EPERM = a locked attribute was asked to go
     */
    public static void exactly(Fd tree, long set, long clear)
    {
        boolean atime = ((set | clear) & ATIME) != 0;
        long gone = ATTRIBUTES & ~set | (atime ? ATIME : 0);
        try {
            MountCalls.setAttributes(tree, false, set, gone, 0, -1);
        }
        catch (ErrnoException e) {
            if (!e.is(EPERM, EINVAL)) {
                throw e;
            }
            long had = attributes(FileCalls.fileSystem(tree).flags());
            if ((had & clear) != 0) {
                throw e;
            }
            MountCalls.setAttributes(tree, false, set | had, 0, 0, -1);
        }
    }

    /** Changes every mount of a tree. */
    public static void recursively(Fd tree, long set, long clear)
    {
        long atime = ((set | clear) & ATIME) != 0 ? ATIME : 0;
        MountCalls.setAttributes(tree, true, set, clear | atime, 0, -1);
    }

    /** ST_* bits of statfs(2) → MOUNT_ATTR_*. */
    static long attributes(long flags)
    {
        long attributes = flags & 0xf;
        attributes |= (flags & 0x400) != 0 ? 0x10 : 0;
        attributes |= (flags & 0x800) != 0 ? NODIRATIME : 0;
        attributes |= (flags & 0x2000) != 0 ? 0x200000 : 0;
        return attributes;
    }

    /** What a host path leads to; empty = nothing. */
    public static Optional<FileCalls.Stat> look(String path)
    {
        try {
            return Optional.of(FileCalls.stat(path));
        }
        catch (ErrnoException e) {
            return Optional.empty();
        }
    }
}
