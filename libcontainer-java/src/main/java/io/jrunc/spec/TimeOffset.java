package io.jrunc.spec;

/**
 * How far a clock of the container's time namespace is ahead of the host's. Source: OCI config-linux.md#timeoffsets.
 *
 * @param secs seconds; may be negative
 * @param nanosecs nanoseconds added to it, 0 to 999999999
 */
public record TimeOffset(long secs, long nanosecs)
{
    public TimeOffset
    {
        new Problems()
                .unless(nanosecs >= 0 && nanosecs < 1_000_000_000L, "nanosecs", "must be between 0 and 999999999, is " + nanosecs)
                .throwIfAny();
    }
}
