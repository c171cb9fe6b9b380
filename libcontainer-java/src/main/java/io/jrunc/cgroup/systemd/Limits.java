package io.jrunc.cgroup.systemd;

import io.jrunc.cgroup.v2.CpuController;
import io.jrunc.cgroup.v2.MemoryController;
import io.jrunc.error.SpecException;
import io.jrunc.host.dbus.Variant;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.RangeList;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What systemd is told of a container's limits. What it cannot be told, the cgroup files get alone. Pure.
 *
 * @param properties in the order in which systemd is given them
 * @param forFiles the limits to write by file afterwards: systemd knows whole percents of a CPU, and both must say the same
 * @param warnings what systemd is told otherwise than it was asked for
 */
public record Limits(List<Property> properties, Resources forFiles, List<String> warnings)
{
    /** CPUQuotaPeriodUSec. */
    private static final int QUOTA_PERIOD = 242;
    /** AllowedCPUs, AllowedMemoryNodes. */
    private static final int CPUSET = 244;
    /** CPUWeight=0 means idle. */
    private static final int IDLE = 252;

    private static final long SECOND = 1_000_000;
    private static final long PERCENT = 10_000;
    /** The kernel's own. */
    private static final long DEFAULT_PERIOD = 100_000;

    /**
     * Sorted by names, as systemd before 254 wants the files that it keeps for them: it would ask to be reloaded otherwise. Those of devices
     * stay together, as their order has a meaning of its own.
     */
    public Limits
    {
        properties = properties.stream().sorted(Comparator.comparing(property -> property.name().startsWith("Device") ? "Device" : property.name())).toList();
        warnings = List.copyOf(warnings);
    }

    private static final class Draft
    {
        private final int version;
        private final List<Property> properties = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();

        private Draft(int version)
        {
            this.version = version;
        }

        private void add(String name, Variant value)
        {
            properties.add(new Property(name, value));
        }

        /** 0 is what was not asked for. */
        private void limit(String name, OptionalLong value)
        {
            if (value.orElse(0) != 0) {
                add(name, Variant.u64(value.getAsLong()));
            }
        }

        private void tasks(Resources resources)
        {
            resources.pids().ifPresent(pids -> pids.limit()
                    .ifPresent(limit -> add("TasksMax", Variant.u64(limit < 0 ? Variant.UNLIMITED : Math.max(limit, 1)))));
        }

        private void cpuset(Optional<Cpu> cpu)
        {
            cpu.flatMap(Cpu::cpus).filter(text -> !text.isEmpty()).ifPresent(text -> mask("AllowedCPUs", "linux.resources.cpu.cpus", text));
            cpu.flatMap(Cpu::mems).filter(text -> !text.isEmpty()).ifPresent(text -> mask("AllowedMemoryNodes", "linux.resources.cpu.mems", text));
        }

        private void mask(String name, String place, String list)
        {
            if (version >= CPUSET) {
                try {
                    add(name, Variant.bytes(bits(list)));
                }
                catch (SpecException e) {
                    throw new SpecException(place, "\"" + list + "\": " + e.problems().getFirst().message());
                }
            }
        }

        /**
         * {@code 10000 of 50000 → 200000 µs of CPU time a second}
         *
         * @param quota above 0 = so many microseconds a period, else none
         * @param period 0 = not given
         * @return the quota as the files are to have it
         */
        private long quota(long quota, long period)
        {
            if (period != 0 && version >= QUOTA_PERIOD) {
                add("CPUQuotaPeriodUSec", Variant.u64(period));
            }
            if (quota == 0 && period == 0) {
                return quota;
            }
            long perSecond = Variant.UNLIMITED;
            long rounded = quota;
            if (quota > 0) {
                long span = period == 0 ? DEFAULT_PERIOD : period;
                perSecond = multiply(quota, SECOND) / span;
                if (perSecond % PERCENT != 0) {
                    perSecond = (perSecond / PERCENT + 1) * PERCENT;
                    rounded = multiply(perSecond, span) / SECOND;
                }
            }
            add("CPUQuotaPerSecUSec", Variant.u64(perSecond));
            return rounded;
        }

        private static long multiply(long one, long other)
        {
            try {
                return Math.multiplyExact(one, other);
            }
            catch (ArithmeticException e) {
                throw new SpecException("linux.resources.cpu", "quota or period is too large");
            }
        }
    }

    /** The list as systemd's mask: bit n%8 of byte n/8, without zeros at its end. */
    static byte[] bits(String list)
    {
        byte[] mask = RangeList.parse(list).mask();
        int length = mask.length;
        while (length > 1 && mask[length - 1] == 0) {
            length--;
        }
        return Arrays.copyOf(mask, length);
    }

    /** @param devices what systemd is told of them; none in an update */
    public static Limits v1(Resources resources, List<Property> devices, int version)
    {
        Draft draft = new Draft(version);
        draft.properties.addAll(devices);
        resources.memory().ifPresent(memory -> draft.limit("MemoryLimit", memory.limit()));
        resources.cpu().ifPresent(cpu -> draft.limit("CPUShares", cpu.shares()));
        Resources forFiles = withQuota(resources, draft);
        resources.blockIo().ifPresent(io -> {
            if (io.weight().orElse(0) != 0) {
                draft.add("BlockIOWeight", Variant.u64(io.weight().getAsInt()));
            }
        });
        draft.tasks(resources);
        draft.cpuset(resources.cpu());
        return new Limits(draft.properties, forFiles, draft.warnings);
    }

    /** @param devices what systemd is told of them; none in an update */
    public static Limits v2(Resources resources, List<Property> devices, int version)
    {
        Draft draft = new Draft(version);
        draft.properties.addAll(devices);
        resources.memory().ifPresent(memory -> {
            draft.limit("MemoryMax", memory.limit());
            draft.limit("MemoryLow", memory.reservation());
            MemoryController.swapMax(memory.swap().orElse(0), memory.limit().orElse(0)).ifPresent(swap -> draft.add("MemorySwapMax", Variant.u64(swap)));
        });
        resources.cpu().ifPresent(cpu -> weight(draft, cpu.idle().orElse(0) == 1, CpuController.weightOfShares(cpu.shares().orElse(0)), "linux.resources.cpu"));
        Resources forFiles = withQuota(resources, draft);
        draft.tasks(resources);
        draft.cpuset(resources.cpu());
        UnifiedLimits.add(resources.unified(), draft::add, draft::quota, draft::mask,
                (idle, weight) -> weight(draft, idle, weight, "linux.resources.unified"));
        return new Limits(draft.properties, forFiles, draft.warnings);
    }

    /** One property says both, so that the kernel takes no weight of an idle group. */
    private static void weight(Draft draft, boolean idle, long weight, String place)
    {
        if (idle && draft.version >= IDLE) {
            draft.add("CPUWeight", Variant.u64(0));
            if (weight != 0) {
                draft.warnings.add(place + ": systemd cannot have both a weight of CPU and idle; the weight is left out");
            }
        }
        else if (weight != 0) {
            draft.add("CPUWeight", Variant.u64(weight));
        }
    }

    private static Resources withQuota(Resources resources, Draft draft)
    {
        if (resources.cpu().isEmpty()) {
            return resources;
        }
        Cpu cpu = resources.cpu().get();
        long quota = cpu.quota().orElse(0);
        long rounded = draft.quota(quota, cpu.period().orElse(0));
        return rounded == quota ? resources : resources.withCpu(cpu.withQuota(rounded));
    }
}
