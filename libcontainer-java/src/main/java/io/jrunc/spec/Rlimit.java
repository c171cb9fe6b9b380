package io.jrunc.spec;

/**
 * One resource limit. Source: OCI config.md#posix-process.
 *
 * @param soft unsigned 64 bit; 18446744073709551615 (-1 as a long) = unlimited
 * @param hard likewise; never below soft: the kernel would refuse it
 */
public record Rlimit(RlimitType type, long soft, long hard)
{
    public Rlimit
    {
        new Problems()
                .unless(Long.compareUnsigned(soft, hard) <= 0, "soft", "soft limit %s is above the hard limit %s"
                        .formatted(Long.toUnsignedString(soft), Long.toUnsignedString(hard)))
                .throwIfAny();
    }

    /** E.g. {@code RLIMIT_NOFILE to 1024:4096}. */
    public static String text(long resource, long soft, long hard)
    {
        return RlimitType.values()[(int) resource].word() + " to " + Long.toUnsignedString(soft) + ":" + Long.toUnsignedString(hard);
    }
}
