package io.jrunc.spec;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * CPU limits. 0 means the same as not given where 0 makes no sense, as runc reads it. Source: OCI config-linux.md#cpu.
 *
 * @param shares relative weight, 2 to 262144, 1024 being the usual; unsigned
 * @param quota microseconds of CPU time a period; 0 or less = no limit. {@code quota 10000, period 50000 → 20% of one CPU}
 * @param burst microseconds that may be saved up, unsigned; not above a positive quota
 * @param period microseconds, unsigned
 * @param realtimeRuntime microseconds a realtime period; cgroup v1 only
 * @param realtimePeriod microseconds, unsigned; cgroup v1 only
 * @param cpus list format as written, e.g. {@code "0-3,7"}
 * @param mems likewise, NUMA nodes
 * @param idle 1 = SCHED_IDLE, 0 = normal
 */
public record Cpu(OptionalLong shares, OptionalLong quota, OptionalLong burst, OptionalLong period, OptionalLong realtimeRuntime,
        OptionalLong realtimePeriod, Optional<String> cpus, Optional<String> mems, OptionalLong idle)
{
    public Cpu
    {
        boolean tooBursty = quota.orElse(0) > 0 && burst.isPresent() && Long.compareUnsigned(burst.getAsLong(), quota.getAsLong()) > 0;
        new Problems()
                .unless(!tooBursty, "burst", "must not be larger than quota")
                .unless(idle.orElse(0) == 0 || idle.orElse(0) == 1, "idle", "must be 0 or 1")
                .throwIfAny();
    }

    public Cpu withQuota(long micros)
    {
        return new Cpu(shares, OptionalLong.of(micros), burst, period, realtimeRuntime, realtimePeriod, cpus, mems, idle);
    }
}
