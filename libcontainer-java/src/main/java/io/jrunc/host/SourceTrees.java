package io.jrunc.host;

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
    private static final long ATTRIBUTES = 0x1 | 0x2 | 0x4 | 0x8;
    /** Linux 5.14; older kernels refuse to hear of it. */
    private static final long NOSYMFOLLOW = 0x200000;
    /** relatime (0), noatime or strictatime: one value, not bits; the kernel wants it cleared whole before it sets one. */
    private static final long ATIME = 0x70;
    private static final long NOATIME = 0x10;
    private static final long STRICTATIME = 0x20;
    private static final long NODIRATIME = 0x80;
    /** Linux 5.12. */
    private static final long IDMAP = 0x100000;
    private static final long MS_PRIVATE = 0x40000;
    private static final long MS_SLAVE = 0x80000;
    private static final long PROC_SUPER_MAGIC = 0x9fa0;
    private static final long PROC_ROOT_INODE = 1;

    /** What a copy shares with where it came from. */
    public enum Sharing
    {
        /** Mounts in either come to both: for a container whose root shares its mounts with the host. */
        PEERS,
        /** What the container mounts in it stays there. */
        SLAVE,
        /** The same, and what the host mounts later does not come: for a copy in the place of a new mount. */
        PRIVATE
    }

    private SourceTrees() {}

    /**
     * A detached copy.
     *
     * @param followLast follow a link at the end of the path
     */
    public static Fd open(String path, boolean recursive, boolean followLast, Sharing sharing)
    {
        Fd tree = MountCalls.copyTree(path, recursive, followLast);
        try {
            if (sharing != Sharing.PEERS) {
                MountCalls.setAttributes(tree, recursive, 0, 0, sharing == Sharing.SLAVE ? MS_SLAVE : MS_PRIVATE, -1);
            }
            return tree;
        }
        catch (RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    /**
     * Gives the top mount exactly these attributes, whatever its source had. If the kernel keeps one of the source's locked, that
     * one stays; if it was asked to go, that is an error.
     *
     * @param set MOUNT_ATTR_* asked for; @param clear asked not to be there
     * @param locked true = the source's restrictions stay, as mount_namespaces(7) says of a less privileged mount namespace, though
     *        the engine itself could lift them
     * @throws ErrnoException EPERM = a locked attribute was asked to go
     */
    public static void exactly(Fd tree, long set, long clear, boolean locked)
    {
        boolean atime = ((set | clear) & (ATIME | NODIRATIME)) != 0;
        long had = attributes(FileCalls.fileSystem(tree).flags());
        if (locked) {
            withinLocks(tree, set, clear, had);
            return;
        }
        long gone = (ATTRIBUTES | (had & NOSYMFOLLOW) | (atime ? ATIME | NODIRATIME : 0)) & ~(set & ~ATIME);
        try {
            MountCalls.setAttributes(tree, false, set, gone, 0, -1);
        }
        catch (ErrnoException e) {
            boolean otherAtime = atime && (had & (ATIME | NODIRATIME)) != (set & (ATIME | NODIRATIME));
            if (!e.is(EPERM) || (had & clear & ~ATIME) != 0 || otherAtime) {
                throw e;
            }
            MountCalls.setAttributes(tree, false, (set | had) & ~(ATIME | NODIRATIME), 0, 0, -1);
        }
    }

    /** What limits the source limits the copy; how access times are kept is locked whole, so only asking for the same is no error. */
    private static void withinLocks(Fd tree, long set, long clear, long had)
    {
        boolean otherAtime = ((set | clear) & (ATIME | NODIRATIME)) != 0 && (set & (ATIME | NODIRATIME)) != (had & (ATIME | NODIRATIME));
        if ((had & clear & ATTRIBUTES) != 0 || otherAtime) {
            throw new ErrnoException("mount_setattr", "what the source forbids is locked in a user namespace", EPERM);
        }
        MountCalls.setAttributes(tree, false, set & ~(ATIME | NODIRATIME), had & ~set & NOSYMFOLLOW, 0, -1);
    }

    /** Changes every mount of a tree. */
    public static void recursively(Fd tree, long set, long clear)
    {
        long atime = ((set | clear) & ATIME) != 0 ? ATIME : 0;
        MountCalls.setAttributes(tree, true, set, clear | atime, 0, -1);
    }

    /**
     * Shows a tree's files with other owners.
     *
     * @param userNamespace whose maps it takes; never the initial one
     * @param recursive all mounts of the tree, else its top alone
     * @throws ErrnoException EINVAL = a file system that does not know of it, or a mount that has a mapping already
     */
    public static void map(Fd tree, Fd userNamespace, boolean recursive)
    {
        MountCalls.setAttributes(tree, recursive, IDMAP, 0, 0, userNamespace.raw());
    }

    /** ST_* bits of statfs(2) → MOUNT_ATTR_*. */
    static long attributes(long flags)
    {
        long attributes = flags & 0xf;
        attributes |= (flags & 0x400) != 0 ? NOATIME : (flags & 0x1000) != 0 ? 0 : STRICTATIME;
        attributes |= (flags & 0x800) != 0 ? NODIRATIME : 0;
        attributes |= (flags & 0x2000) != 0 ? NOSYMFOLLOW : 0;
        return attributes;
    }

    /** What a path leads to. @param procfs it is on a proc file system, {@code procRoot} its root directory */
    public record Look(boolean directory, boolean procfs, boolean procRoot) {}

    /** Looks at a host path, links followed; empty = nothing is there, or it may not be seen. */
    public static Optional<Look> look(String path)
    {
        try {
            return FileCalls.openIfThere(path, FileCalls.O_PATH).map(SourceTrees::look);
        }
        catch (ErrnoException e) {
            return Optional.empty();
        }
    }

    private static Look look(Fd found)
    {
        try (found) {
            FileCalls.Stat stat = FileCalls.stat(found);
            boolean procfs = FileCalls.fileSystem(found).type() == PROC_SUPER_MAGIC;
            return new Look(stat.isDirectory(), procfs, procfs && stat.inode() == PROC_ROOT_INODE);
        }
    }

    /** True when both paths lead to one file. */
    public static boolean sameFile(String one, String other)
    {
        try {
            return FileCalls.stat(one).sameAs(FileCalls.stat(other));
        }
        catch (ErrnoException e) {
            return false;
        }
    }

    /** The text of the link at a host path; empty = it is none. */
    public static Optional<String> link(String path)
    {
        try {
            return Optional.of(java.nio.file.Files.readSymbolicLink(java.nio.file.Path.of(path)).toString());
        }
        catch (java.io.IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }
}
