package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.CpuUsage;
import io.jrunc.cgroup.CgroupStats.Throttling;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * cpu.idle, cpu.weight, cpu.max.burst, cpu.max. Real-time bandwidth has no v2 file and is left out, as runc does.
 */
public final class CpuController implements Controller
{
    /** The kernel's own; used where only a quota is given. */
    private static final long DEFAULT_PERIOD = 100_000;

    private static final long NANOS_PER_MICRO = 1_000;

    @Override
    public String name()
    {
        return "cpu";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        Optional<Cpu> asked = resources.cpu();
        if (asked.isEmpty()) {
            return List.of();
        }
        Cpu cpu = asked.get();
        List<CgroupWrite> writes = new ArrayList<>();
        // Before the weight: the kernel takes no weight while the cgroup is idle.
        cpu.idle().ifPresent(idle -> writes.add(CgroupWrite.of("cpu", "cpu.idle", idle)));
        long weight = weightOfShares(cpu.shares().orElse(0));
        boolean idle = cpu.idle().orElse(0) == 1;
        if (weight != 0 && !idle) {
            writes.add(CgroupWrite.of("cpu", "cpu.weight", weight));
        }
        long quota = cpu.quota().orElse(0);
        long period = cpu.period().orElse(0);
        // A burst above the old quota is refused until the new quota stands.
        cpu.burst().ifPresent(burst -> writes.add(quota == 0
                ? CgroupWrite.of("cpu", "cpu.max.burst", Long.toUnsignedString(burst))
                : CgroupWrite.of("cpu", "cpu.max.burst", Long.toUnsignedString(burst)).repeatedIfInvalid()));
        if (quota != 0 || period != 0) {
            writes.add(CgroupWrite.of("cpu", "cpu.max", (quota > 0 ? Long.toString(quota) : "max") + " " + (period == 0 ? DEFAULT_PERIOD : Long.toUnsignedString(period))));
        }
        return writes;
    }

    /**
     * v1 shares, 2 to 262144 and 1024 by default, as v2 weight, 1 to 10000 and 100 by default; 0 → 0, not set.
     *
     * <p>The curve goes through (2, 1), (1024, 100) and (262144, 10000), so that both defaults mean the same; the older
     * straight line gave a default container a weight of 39. Source: containers/crun#1721, kubernetes#131216.
     */
    public static long weightOfShares(long shares)
    {
        if (shares == 0) {
            return 0;
        }
        if (Long.compareUnsigned(shares, 262_144) >= 0) {
            return 10_000;
        }
        if (shares <= 2) {
            return 1;
        }
        double log = Math.log(shares) / Math.log(2);
        double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
        return (long) Math.ceil(Math.pow(10, exponent));
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        directory.read("cpu.stat").ifPresent(text -> {
            Map<String, Long> values = CgroupText.keyed(text);
            stats.cpuUsage(new CpuUsage(
                    nanos(values, "usage_usec"), List.of(), List.of(), List.of(), nanos(values, "system_usec"), nanos(values, "user_usec")));
            stats.throttling(new Throttling(
                    values.getOrDefault("nr_periods", 0L), values.getOrDefault("nr_throttled", 0L), nanos(values, "throttled_usec")));
        });
        stats.cpuPsi(directory.readPsi("cpu.pressure"));
    }

    private static long nanos(Map<String, Long> values, String key)
    {
        return values.getOrDefault(key, 0L) * NANOS_PER_MICRO;
    }
}
