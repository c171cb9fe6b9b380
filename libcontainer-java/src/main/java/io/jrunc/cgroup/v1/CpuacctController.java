package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.CpuUsage;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Counts only; it has nothing to set. */
public final class CpuacctController implements Controller
{
    /** cpuacct.stat counts in USER_HZ, which is 100 to user space on every architecture we run on. */
    private static final long NANOS_PER_TICK = 10_000_000;

    @Override
    public String name()
    {
        return "cpuacct";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        return List.of();
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        Map<String, Long> ticks = directory.read("cpuacct.stat").map(CgroupText::keyed).orElse(Map.of());
        List<Long> perCpu = directory.read("cpuacct.usage_percpu")
                .map(text -> Arrays.stream(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).map(CgroupText::number).toList())
                .orElse(List.of());
        List<Long> kernel = new ArrayList<>();
        List<Long> user = new ArrayList<>();
        // Lines of "cpu user system" below a header; Linux 4.12.
        directory.read("cpuacct.usage_all").ifPresent(text -> text.lines().skip(1).map(line -> line.split(" ")).forEach(words -> {
            user.add(CgroupText.number(words[1]));
            kernel.add(CgroupText.number(words[2]));
        }));
        stats.cpuUsage(new CpuUsage(
                directory.readNumber("cpuacct.usage"),
                perCpu,
                kernel,
                user,
                ticks.getOrDefault("system", 0L) * NANOS_PER_TICK,
                ticks.getOrDefault("user", 0L) * NANOS_PER_TICK));
    }
}
