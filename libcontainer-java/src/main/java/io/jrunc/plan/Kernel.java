package io.jrunc.plan;

/**
 * Kernel words that steps carry, with the numbers of the UAPI headers; the target flags are the shim's own (shim.h).
 */
public final class Kernel
{
    public static final long CLONE_NEWTIME = 0x80;
    public static final long CLONE_NEWNS = 0x20000;
    public static final long CLONE_NEWCGROUP = 0x2000000;
    public static final long CLONE_NEWUTS = 0x4000000;
    public static final long CLONE_NEWIPC = 0x8000000;
    public static final long CLONE_NEWUSER = 0x10000000;
    public static final long CLONE_NEWPID = 0x20000000;
    public static final long CLONE_NEWNET = 0x40000000;

    public static final long MS_REC = 0x4000;
    public static final long MS_UNBINDABLE = 0x20000;
    public static final long MS_PRIVATE = 0x40000;
    public static final long MS_SLAVE = 0x80000;
    public static final long MS_SHARED = 0x100000;

    public static final long MOUNT_ATTR_RDONLY = 0x1;
    public static final long MOUNT_ATTR_NOSUID = 0x2;
    public static final long MOUNT_ATTR_NODEV = 0x4;
    public static final long MOUNT_ATTR_NOEXEC = 0x8;
    /** The bits that hold one of relatime (0), noatime, strictatime. */
    public static final long MOUNT_ATTR_ATIME = 0x70;
    public static final long MOUNT_ATTR_NOATIME = 0x10;
    public static final long MOUNT_ATTR_STRICTATIME = 0x20;
    public static final long MOUNT_ATTR_NODIRATIME = 0x80;
    public static final long MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

    /** The target must be a directory reached without any link. */
    public static final long MF_PLAIN_DIR = 1;
    /** The new tmpfs starts with what the target held. */
    public static final long MF_COPY_UP = 2;
    /** A tmpfs takes the mode of the directory that it covers. */
    public static final long MF_DIR_MODE = 4;
    /** A missing target is created as a file, not as a directory. */
    public static final long MF_FILE = 8;
    /** A missing target is an error. */
    public static final long MF_NO_CREATE = 16;
    /** A link at the last component of the target is not followed. */
    public static final long MF_NOFOLLOW = 32;
    /** mount_fs: read-only from the start. */
    public static final long MF_READONLY = 64;
    /** mount_inner, open_inner: a link at the last component of the source is not followed. */
    public static final long MF_SRC_NOFOLLOW = 128;

    public static final long S_IFIFO = 0010000;
    public static final long S_IFCHR = 0020000;
    public static final long S_IFBLK = 0060000;

    public static final int SIGKILL = 9;

    private Kernel()
    {
    }
}
