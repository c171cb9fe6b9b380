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
}
