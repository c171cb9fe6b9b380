package io.jrunc.spec;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A device node to make in the container; it does not grant access by itself. Source: OCI config-linux.md#devices.
 *
 * @param path absolute, inside the container
 * @param major 0 to 4095, 0 for a fifo
 * @param minor 0 to 1048575, 0 for a fifo
 * @param fileMode permission bits without the type, 0 to 07777; empty = 0666
 * @param uid owner inside the container, unsigned 32 bit; empty = 0
 * @param gid likewise
 */
public record Device(DeviceType type, String path, long major, long minor, OptionalInt fileMode, OptionalLong uid, OptionalLong gid)
{
    /** What the kernel's 32-bit device number can hold: 12 bits of major, 20 of minor. */
    private static final long MAX_MAJOR = 0xfff;
    private static final long MAX_MINOR = 0xfffff;

    public Device
    {
        new Problems()
                .unless(path.startsWith("/"), "path", "device path must be absolute, is " + Problems.quote(path))
                .unless(major >= 0 && major <= MAX_MAJOR, "major", "must be between 0 and " + MAX_MAJOR + ", is " + major)
                .unless(minor >= 0 && minor <= MAX_MINOR, "minor", "must be between 0 and " + MAX_MINOR + ", is " + minor)
                .throwIfAny();
    }
}
