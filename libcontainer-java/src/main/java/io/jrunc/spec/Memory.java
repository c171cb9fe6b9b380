package io.jrunc.spec;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Memory limits in bytes; -1 = unlimited, 0 = not set (as runc reads it), empty = not given. Source: OCI config-linux.md#memory.
 *
 * @param limit memory alone
 * @param reservation soft limit
 * @param swap memory plus swap together, as OCI counts it; the kernel of cgroup v2 counts swap alone
 * @param kernel ignored with a warning
 * @param kernelTcp ignored with a warning
 * @param swappiness 0 to 100; cgroup v1 only. The parser reads 18446744073709551615, a manager's -1, as not given
 * @param disableOomKiller cgroup v1 only
 * @param useHierarchy cgroup v1 only
 * @param checkBeforeUpdate true: an update below the present use is refused
 */
public record Memory(OptionalLong limit, OptionalLong reservation, OptionalLong swap, OptionalLong kernel, OptionalLong kernelTcp,
        OptionalLong swappiness, Optional<Boolean> disableOomKiller, Optional<Boolean> useHierarchy,
        Optional<Boolean> checkBeforeUpdate)
{
    public Memory
    {
        new Problems()
                .unless(limit.orElse(0) >= -1, "limit", "must be -1 (unlimited) or more")
                .unless(reservation.orElse(0) >= -1, "reservation", "must be -1 (unlimited) or more")
                .unless(swap.orElse(0) >= -1, "swap", "must be -1 (unlimited) or more")
                .unless(limit.orElse(0) <= 0 || swap.orElse(0) <= 0 || swap.getAsLong() >= limit.getAsLong(), "swap",
                        "memory+swap limit should be >= memory limit")
                .unless(Long.compareUnsigned(swappiness.orElse(0), 100) <= 0, "swappiness", "invalid memory swappiness value: "
                        + Long.toUnsignedString(swappiness.orElse(0)) + " (valid range is 0-100)")
                .throwIfAny();
    }
}
