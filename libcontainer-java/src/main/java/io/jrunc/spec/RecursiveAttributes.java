package io.jrunc.spec;

/**
 * Changes for mount_setattr(2) on a mount and all mounts below it, as MOUNT_ATTR_* bits; needs Linux 5.12.
 *
 * <p>Access times are a number in the bits {@link #ATIME}, not flags: whoever changes them must clear all these bits, so they are
 * in {@code clear} then. {@code rro,rnoatime → set 0x11, clear 0x70}
 */
public record RecursiveAttributes(long set, long clear)
{
    /** MOUNT_ATTR__ATIME. */
    public static final long ATIME = 0x70;

    public static final RecursiveAttributes NONE = new RecursiveAttributes(0, 0);

    public boolean isEmpty()
    {
        return set == 0 && clear == 0;
    }

    RecursiveAttributes with(MountFlag flag)
    {
        long bits = flag.attribute().orElseThrow();
        return flag.isAtimeMode()
                ? new RecursiveAttributes(set & ~ATIME | bits, clear | ATIME)
                : new RecursiveAttributes(set | bits, clear & ~bits);
    }

    RecursiveAttributes without(MountFlag flag)
    {
        long bits = flag.attribute().orElseThrow();
        if (flag.isAtimeMode()) {
            boolean wasThis = (set & ATIME) == bits;
            return new RecursiveAttributes(wasThis ? set & ~ATIME : set, clear | ATIME);
        }
        return new RecursiveAttributes(set & ~bits, clear | bits);
    }
}
