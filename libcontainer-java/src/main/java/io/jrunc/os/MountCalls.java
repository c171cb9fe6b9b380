package io.jrunc.os;

import static io.jrunc.error.Errno.EINVAL;

import io.jrunc.error.ErrnoException;

import java.nio.charset.StandardCharsets;

/**
 * Mounts as descriptors: detached trees that nobody sees until they are attached.
 *
 * <p><b>Errors</b>: {@link ErrnoException}; ENOSYS = the kernel is too old for this call.
 */
public final class MountCalls
{
    private static final int CLOEXEC = 02000000;
    private static final int OPEN_TREE_CLONE = 1;
    private static final int AT_RECURSIVE = 0x8000;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int MOVE_MOUNT_BOTH_EMPTY = 0x4 | 0x40;
    private static final int FSCONFIG_SET_FLAG = 0;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;

    private MountCalls() {}

    /** A detached copy of what is at a host path (Linux 5.2). */
    public static Fd copyTree(String path, boolean recursive, boolean followLast)
    {
        int flags = OPEN_TREE_CLONE | CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (followLast ? 0 : AT_SYMLINK_NOFOLLOW);
        try (Scratch scratch = Scratch.open()) {
            return Fd.adopt((int) Kernel.call("open_tree", path, Nr.OPEN_TREE, Fd.CWD, scratch.string(path), flags));
        }
    }

    /** A detached copy of what a descriptor stands on. */
    public static Fd copyTree(Fd place, boolean recursive)
    {
        int flags = OPEN_TREE_CLONE | CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
        try (Scratch scratch = Scratch.open()) {
            return Fd.adopt((int) Kernel.call("open_tree", place, Nr.OPEN_TREE, place.raw(), scratch.string(""), flags));
        }
    }

    /**
     * Changes a mount, or a tree of mounts (Linux 5.12).
     *
     * @param set, clear MOUNT_ATTR_* bits
     * @param propagation MS_SHARED and its like; 0 = leave
     * @param userNamespace for MOUNT_ATTR_IDMAP; -1 = none
     */
    public static void setAttributes(Fd mount, boolean recursive, long set, long clear, long propagation, int userNamespace)
    {
        try (Scratch scratch = Scratch.open()) {
            int attributes = scratch.take(32);
            scratch.putLong(attributes, set);
            scratch.putLong(attributes + 8, clear);
            scratch.putLong(attributes + 16, propagation);
            scratch.putLong(attributes + 24, userNamespace < 0 ? 0 : userNamespace);
            Kernel.call("mount_setattr", mount, Nr.MOUNT_SETATTR, mount.raw(), scratch.string(""),
                    AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), scratch.address(attributes), 32);
        }
    }

    /** Whether {@link #setAttributes} is there: not before Linux 5.12, and not under filters that forbid it. */
    public static boolean canSetAttributes()
    {
        // A structure of no bytes is refused before anything is looked at.
        return Kernel.raw(Nr.MOUNT_SETATTR, -1, 0, 0, 0, 0) == -EINVAL;
    }

    /** Attaches a detached tree to what {@code target} stands on. */
    public static void attach(Fd tree, Fd target)
    {
        try (Scratch scratch = Scratch.open()) {
            long empty = scratch.string("");
            Kernel.call("move_mount", target, Nr.MOVE_MOUNT, tree.raw(), empty, target.raw(), empty, MOVE_MOUNT_BOTH_EMPTY);
        }
    }

    /**
     * A new file system instance as a detached mount.
     *
     * @param options {@code key=value} or {@code key}
     * @param attributes MOUNT_ATTR_* bits
     */
    public static Fd newFileSystem(String type, String source, java.util.List<String> options, long attributes)
    {
        try (Scratch scratch = Scratch.open();
                Fd context = Fd.adopt((int) Kernel.call("fsopen", type, Nr.FSOPEN, scratch.string(type), 1, 0))) {
            configure(context, FSCONFIG_SET_STRING, "source", source);
            for (String option : options) {
                int equals = option.indexOf('=');
                if (equals < 0) {
                    configure(context, FSCONFIG_SET_FLAG, option, "");
                }
                else {
                    configure(context, FSCONFIG_SET_STRING, option.substring(0, equals), option.substring(equals + 1));
                }
            }
            Kernel.call("fsconfig", type, Nr.FSCONFIG, context.raw(), FSCONFIG_CMD_CREATE, 0);
            return Fd.adopt((int) Kernel.call("fsmount", type, Nr.FSMOUNT, context.raw(), 1, attributes));
        }
    }

    private static void configure(Fd context, int command, String key, String value)
    {
        try (Scratch scratch = Scratch.open()) {
            long text = command == FSCONFIG_SET_FLAG ? 0 : scratch.address(scratch.bytes((value + "\0").getBytes(StandardCharsets.UTF_8)));
            Kernel.call("fsconfig", key, Nr.FSCONFIG, context.raw(), command, scratch.string(key), text, 0);
        }
    }

    /** Takes a mount away at once, however busy it is. */
    public static void detach(String path)
    {
        try (Scratch scratch = Scratch.open()) {
            Kernel.call("umount2", path, Nr.UMOUNT2, scratch.string(path), 2, 0);
        }
    }
}
