package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.MemoryEntry;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.error.SpecException;
import io.jrunc.error.StateException;
import io.jrunc.spec.Memory;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * memory.swap.max, memory.max, memory.low. Swappiness and disableOOMKiller have no v2 file; kernel limits are gone.
 */
public final class MemoryController implements Controller
{
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
        long limit = asked.get().limit().orElse(0);
        List<CgroupWrite> writes = new ArrayList<>();
        // Swap before memory: shrinking memory may need to know that it may not flee into swap.
        swapMax(asked.get().swap().orElse(0), limit).ifPresent(swap -> {
            CgroupWrite write = CgroupWrite.of("memory", "memory.swap.max", value(swap));
            // A kernel without swap accounting gives exactly what "no swap" or "no limit" asks for.
            writes.add(swap <= 0 ? write.skippedIfAbsent() : write);
        });
        if (limit != 0) {
            writes.add(CgroupWrite.of("memory", "memory.max", value(limit)));
        }
        long reservation = asked.get().reservation().orElse(0);
        if (reservation != 0) {
            writes.add(CgroupWrite.of("memory", "memory.low", value(reservation)));
        }
        return writes;
    }

    /**
     * OCI counts memory and swap together, v2 counts swap alone.
     *
     * <p>{@code swap=300 limit=100 → 200 · swap=100 limit=100 → 0 · swap=-1 → -1 · swap unset, limit=-1 → -1 ·
     * swap=300 limit=-1 → 300 · swap unset → empty}
     *
     * @param swap memory plus swap in bytes; -1 = unlimited, 0 = not set
     * @param limit memory in bytes; -1 = unlimited, 0 = not set
     * @return bytes of swap, -1 = unlimited, empty = leave it as it is; never negative otherwise, {@link Memory} sees to that
     * @throws SpecException if a swap limit stands without a memory limit
     */
    public static OptionalLong swapMax(long swap, long limit)
    {
        if (swap == 0) {
            // Unlimited memory that still may not swap would surprise; v1 hosts always lifted both.
            return limit == -1 ? OptionalLong.of(-1) : OptionalLong.empty();
        }
        if (swap == -1) {
            return OptionalLong.of(-1);
        }
        if (limit == -1) {
            return OptionalLong.of(swap);
        }
        if (limit == 0) {
            throw new SpecException("linux.resources.memory.swap", "unable to set swap limit without memory limit");
        }
        return OptionalLong.of(swap - limit);
    }

    /**
     * For {@code checkBeforeUpdate}: refuse a limit that would make the kernel kill what already runs.
     *
     * <p>Best effort: where the usage cannot be read there is nothing to compare with.
     *
     * @throws StateException if the container already uses as much
     */
    public static void checkUsage(Memory memory, OptionalLong usage)
    {
        if (!memory.checkBeforeUpdate().orElse(false) || usage.isEmpty()) {
            return;
        }
        long used = usage.getAsLong();
        long swap = memory.swap().orElse(0);
        if (swap > 0 && swap <= used) {
            throw new StateException("rejecting memory+swap limit " + swap + " <= usage " + used);
        }
        long limit = memory.limit().orElse(0);
        if (limit > 0 && limit <= used) {
            throw new StateException("rejecting memory limit " + limit + " <= usage " + used);
        }
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        Optional<String> stat = directory.read("memory.stat");
        if (stat.isEmpty()) {
            return;
        }
        Map<String, Long> raw = CgroupText.keyed(stat.get());
        MemoryEntry usage = entry(directory, "memory");
        MemoryEntry swapAlone = entry(directory, "memory.swap");
        // Told as v1 tells it, both together; a combined peak cannot be known from two separate ones.
        MemoryEntry swap = new MemoryEntry(
                swapAlone.limit() == CgroupStats.UNLIMITED || usage.limit() == CgroupStats.UNLIMITED
                        ? CgroupStats.UNLIMITED
                        : swapAlone.limit() + usage.limit(),
                swapAlone.usage() + usage.usage(), 0, 0);
        stats.memory(new CgroupStats.Memory(
                raw.getOrDefault("file", 0L), usage, swap, MemoryEntry.NONE, MemoryEntry.NONE, raw, directory.readPsi("memory.pressure")));
    }

    private static MemoryEntry entry(CgroupDirectory directory, String prefix)
    {
        return new MemoryEntry(directory.readNumber(prefix + ".max"), directory.readNumber(prefix + ".current"), directory.readNumber(prefix + ".peak"), 0);
    }

    private static String value(long bytes)
    {
        return bytes == -1 ? "max" : Long.toString(bytes);
    }
}
