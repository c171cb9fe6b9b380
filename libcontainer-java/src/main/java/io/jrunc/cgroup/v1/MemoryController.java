package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.MemoryEntry;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.spec.Memory;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** memory.limit_in_bytes, memory.memsw.limit_in_bytes, soft limit, OOM killer, swappiness. Kernel limits are ignored. */
public final class MemoryController implements Controller
{
    private static final String LIMIT = "memory.limit_in_bytes";
    private static final String BOTH = "memory.memsw.limit_in_bytes";

    @Override
    public String name()
    {
        return "memory";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        Optional<Memory> asked = resources.memory();
        if (asked.isEmpty()) {
            return List.of();
        }
        Memory memory = asked.get();
        long limit = memory.limit().orElse(0);
        long swap = memory.swap().orElse(0);
        List<CgroupWrite> writes = new ArrayList<>();
        // The kernel keeps limit <= memsw at every moment. Memory first suits shrinking; when growing it is refused,
        // memsw is raised, and memory is tried again. So the current limit need not be read.
        if (limit != 0) {
            writes.add(swap != 0 || limit == -1
                    ? CgroupWrite.of("memory", LIMIT, limit).repeatedIfInvalid()
                    : CgroupWrite.of("memory", LIMIT, limit));
        }
        if (swap != 0) {
            writes.add(CgroupWrite.of("memory", BOTH, swap));
        }
        else if (limit == -1) {
            // Unlimited memory means unlimited swap too, where swap is accounted at all.
            writes.add(CgroupWrite.of("memory", BOTH, -1).skippedIfAbsent());
        }
        long reservation = memory.reservation().orElse(0);
        if (reservation != 0) {
            writes.add(CgroupWrite.of("memory", "memory.soft_limit_in_bytes", reservation));
        }
        if (memory.disableOomKiller().orElse(false)) {
            writes.add(CgroupWrite.of("memory", "memory.oom_control", 1));
        }
        memory.swappiness().ifPresent(value -> writes.add(CgroupWrite.of("memory", "memory.swappiness", value)));
        return writes;
    }

    @Override
    public Optional<String> explain(CgroupWrite write, ErrnoException refusal, CgroupDirectory directory)
    {
        if (!write.file().equals(LIMIT) || !refusal.is(Errno.EBUSY)) {
            return Optional.empty();
        }
        // EBUSY: the kernel could not squeeze the container below the new limit.
        return Optional.of("unable to set memory limit to " + write.lines().getFirst()
                + " (current usage: " + Long.toUnsignedString(directory.readNumber("memory.usage_in_bytes"))
                + ", peak usage: " + Long.toUnsignedString(directory.readNumber("memory.max_usage_in_bytes")) + ")");
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        Optional<String> stat = directory.read("memory.stat");
        if (stat.isEmpty()) {
            return;
        }
        Map<String, Long> raw = CgroupText.keyed(stat.get());
        stats.memory(new CgroupStats.Memory(
                raw.getOrDefault("cache", 0L),
                entry(directory, "memory."),
                entry(directory, "memory.memsw."),
                entry(directory, "memory.kmem."),
                entry(directory, "memory.kmem.tcp."),
                raw,
                Optional.empty()));
    }

    private static MemoryEntry entry(CgroupDirectory directory, String prefix)
    {
        return new MemoryEntry(
                directory.readNumber(prefix + "limit_in_bytes"),
                directory.readNumber(prefix + "usage_in_bytes"),
                directory.readNumber(prefix + "max_usage_in_bytes"),
                directory.readNumber(prefix + "failcnt"));
    }
}
