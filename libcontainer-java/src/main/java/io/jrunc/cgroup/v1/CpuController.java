package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.Throttling;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.SpecException;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** cpu.idle, cpu.shares, cpu.cfs_*, cpu.rt_*. */
public final class CpuController implements Controller
{
    /** The kernel silently keeps shares within these (kernel/sched/sched.h); saying so beats reading the file back. */
    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;
    private static final String RT_RUNTIME = "cpu.rt_runtime_us";

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
        // Before the shares: the kernel takes none while the cgroup is idle.
        cpu.idle().ifPresent(idle -> writes.add(CgroupWrite.of("cpu", "cpu.idle", idle)));
        long shares = cpu.shares().orElse(0);
        checkShares(shares);
        boolean idle = cpu.idle().orElse(0) == 1;
        if (shares != 0 && !idle) {
            writes.add(CgroupWrite.of("cpu", "cpu.shares", shares));
        }
        long quota = cpu.quota().orElse(0);
        long period = cpu.period().orElse(0);
        // A smaller period or a larger burst may be refused until the new quota stands.
        if (period != 0) {
            writes.add(repeated(quota != 0, CgroupWrite.of("cpu", "cpu.cfs_period_us", Long.toUnsignedString(period))));
        }
        cpu.burst().ifPresent(burst -> writes.add(repeated(quota != 0, CgroupWrite.of("cpu", "cpu.cfs_burst_us", Long.toUnsignedString(burst)).skippedIfAbsent())));
        if (quota != 0) {
            writes.add(CgroupWrite.of("cpu", "cpu.cfs_quota_us", quota));
        }
        writes.addAll(realtimeWrites(resources));
        return writes;
    }

    /** Needed before a process joins: one that already runs SCHED_RR cannot enter a cgroup without real-time bandwidth. */
    public static List<CgroupWrite> realtimeWrites(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.cpu().ifPresent(cpu -> {
            long runtime = cpu.realtimeRuntime().orElse(0);
            long period = cpu.realtimePeriod().orElse(0);
            // Each is checked against the other's old value.
            if (period != 0) {
                writes.add(repeated(runtime != 0, CgroupWrite.of("cpu", "cpu.rt_period_us", Long.toUnsignedString(period))));
            }
            if (runtime != 0) {
                writes.add(CgroupWrite.of("cpu", RT_RUNTIME, runtime));
            }
        });
        return writes;
    }

    /** False on a kernel without real-time group scheduling, where no group needs bandwidth. */
    public static boolean withoutRealtime(CgroupDirectory directory)
    {
        return directory.read(RT_RUNTIME).filter(text -> text.strip().equals("0")).isPresent();
    }

    @Override
    public Optional<String> explain(CgroupWrite write, ErrnoException refusal, CgroupDirectory directory)
    {
        if (!write.file().equals(RT_RUNTIME) || !refusal.is(Errno.EINVAL)) {
            return Optional.empty();
        }
        // A group can only have what the one above it has, and a new one has nothing.
        return Optional.of("linux.resources.cpu.realtimeRuntime: failed to write \"" + write.lines().getFirst() + "\" to " + directory.path().resolve(RT_RUNTIME)
                + ": invalid argument: it is more than the cgroup above can give; look at " + RT_RUNTIME + " there");
    }

    private static void checkShares(long shares)
    {
        if (shares == 0) {
            return;
        }
        if (Long.compareUnsigned(shares, MAX_SHARES) > 0) {
            throw new SpecException("linux.resources.cpu.shares", "the maximum allowed cpu-shares is " + MAX_SHARES);
        }
        if (shares < MIN_SHARES) {
            throw new SpecException("linux.resources.cpu.shares", "the minimum allowed cpu-shares is " + MIN_SHARES);
        }
    }

    private static CgroupWrite repeated(boolean more, CgroupWrite write)
    {
        return more ? write.repeatedIfInvalid() : write;
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        directory.read("cpu.stat").ifPresent(text -> {
            Map<String, Long> values = CgroupText.keyed(text);
            stats.throttling(new Throttling(
                    values.getOrDefault("nr_periods", 0L), values.getOrDefault("nr_throttled", 0L), values.getOrDefault("throttled_time", 0L)));
        });
    }
}
