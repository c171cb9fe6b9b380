package io.jrunc.spec;

import java.util.OptionalLong;

/**
 * Properties of a mount or of its file system that options switch on or off. The order is that of linux/mount.h.
 * Source: mount(8), OCI config.md#mounts.
 */
public enum MountFlag
{
    RDONLY("ro", 1, 0x01),
    NOSUID("nosuid", 1 << 1, 0x02),
    NODEV("nodev", 1 << 2, 0x04),
    NOEXEC("noexec", 1 << 3, 0x08),
    /** Of the file system, not of the mount; likewise those without an attribute. */
    SYNCHRONOUS("sync", 1 << 4, -1),
    REMOUNT("remount", 1 << 5, -1),
    MANDLOCK("mand", 1 << 6, -1),
    DIRSYNC("dirsync", 1 << 7, -1),
    /** Linux 5.10 by mount(2), 5.14 by mount_setattr(2). */
    NOSYMFOLLOW("nosymfollow", 1 << 8, 0x0020_0000),
    NOATIME("noatime", 1 << 10, 0x10),
    NODIRATIME("nodiratime", 1 << 11, 0x80),
    SILENT("silent", 1 << 15, -1),
    RELATIME("relatime", 1 << 21, 0x00),
    I_VERSION("iversion", 1 << 23, -1),
    STRICTATIME("strictatime", 1 << 24, 0x20),
    LAZYTIME("lazytime", 1 << 25, -1);

    private final String word;
    private final int mountFlag;
    private final long attribute;

    MountFlag(String word, int mountFlag, long attribute)
    {
        this.word = word;
        this.mountFlag = mountFlag;
        this.attribute = attribute;
    }

    /** The option that sets it. */
    public String word()
    {
        return word;
    }

    /** The MS_* flag of mount(2). */
    public int mountFlag()
    {
        return mountFlag;
    }

    /** The MOUNT_ATTR_* value of fsmount(2) and mount_setattr(2); empty = it belongs to the file system, not to a mount. */
    public OptionalLong attribute()
    {
        return attribute < 0 ? OptionalLong.empty() : OptionalLong.of(attribute);
    }

    /** True for the three that exclude each other: how access times are kept. */
    public boolean isAtimeMode()
    {
        return this == NOATIME || this == RELATIME || this == STRICTATIME;
    }
}
