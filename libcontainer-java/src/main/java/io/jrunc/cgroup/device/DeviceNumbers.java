package io.jrunc.cgroup.device;

/**
 * The devices a rule speaks of: one kind, one or all majors, one or all minors.
 *
 * @param major device major, or {@link #ANY}
 * @param minor device minor, or {@link #ANY}
 */
public record DeviceNumbers(DeviceKind kind, long major, long minor) implements Comparable<DeviceNumbers>
{
    public static final long ANY = -1;

    public DeviceNumbers
    {
        if (major < ANY || major > 0xffff_ffffL || minor < ANY || minor > 0xffff_ffffL) {
            throw new IllegalArgumentException("invalid device number " + major + ":" + minor);
        }
    }

    /** Every device of {@code other} is one of these. */
    boolean covers(DeviceNumbers other)
    {
        return kind == other.kind
                && (major == ANY || major == other.major)
                && (minor == ANY || minor == other.minor);
    }

    /** Some device is spoken of by both. */
    boolean meets(DeviceNumbers other)
    {
        return kind == other.kind
                && (major == ANY || other.major == ANY || major == other.major)
                && (minor == ANY || other.minor == ANY || minor == other.minor);
    }

    @Override
    public int compareTo(DeviceNumbers other)
    {
        // Comparators made of others are spun when they are first needed: 2 ms for each of these lines in a fresh JVM.
        int order = Long.compare(major, other.major);
        order = order != 0 ? order : Long.compare(minor, other.minor);
        return order != 0 ? order : kind.compareTo(other.kind);
    }

    /** As cgroup v1 writes it: {@code c 136:*}. */
    @Override
    public String toString()
    {
        return kind.letter() + " " + number(major) + ":" + number(minor);
    }

    private static String number(long number)
    {
        return number == ANY ? "*" : Long.toString(number);
    }
}
