package io.jrunc.cgroup;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a container has used so far. Shaped as {@code events --stats} prints it.
 *
 * <p>Counts and bytes are unsigned 64 bit: {@link #UNLIMITED} prints as 18446744073709551615. Times are nanoseconds.
 * What the kernel does not offer is 0 or empty.
 */
public record CgroupStats(Cpu cpu, Cpuset cpuset, Memory memory, Pids pids, Blkio blkio, Map<String, Hugetlb> hugetlb, Map<String, Rdma> rdma,
        Map<String, Misc> misc)
{
    /** All bits set, as the kernel's {@code max} was always reported. */
    public static final long UNLIMITED = -1L;

    /** Of a container without a cgroup. */
    public static final CgroupStats NONE = new CgroupStats(new Cpu(CpuUsage.NONE, Throttling.NONE, Optional.empty()), Cpuset.NONE, Memory.NONE, Pids.NONE, Blkio.NONE, Map.of(), Map.of(),
            Map.of());

    public CgroupStats
    {
        hugetlb = Map.copyOf(hugetlb);
        rdma = Map.copyOf(rdma);
        misc = Map.copyOf(misc);
    }

    public record Cpu(CpuUsage usage, Throttling throttling, Optional<Psi> psi) {}

    /** @param percpu and the two beside it: one entry a CPU, empty on cgroup v2 */
    public record CpuUsage(long total, List<Long> percpu, List<Long> percpuKernel, List<Long> percpuUser, long kernel, long user)
    {
        public static final CpuUsage NONE = new CpuUsage(0, List.of(), List.of(), List.of(), 0, 0);

        public CpuUsage
        {
            percpu = List.copyOf(percpu);
            percpuKernel = List.copyOf(percpuKernel);
            percpuUser = List.copyOf(percpuUser);
        }
    }

    public record Throttling(long periods, long throttledPeriods, long throttledTime)
    {
        public static final Throttling NONE = new Throttling(0, 0, 0);
    }

    /** cgroup v1 only; source: cpusets(7). */
    public record Cpuset(
            List<Integer> cpus,
            long cpuExclusive,
            List<Integer> mems,
            long memHardwall,
            long memExclusive,
            long memoryMigrate,
            long memorySpreadPage,
            long memorySpreadSlab,
            long memoryPressure,
            long schedLoadBalance,
            long schedRelaxDomainLevel)
    {
        public static final Cpuset NONE = new Cpuset(List.of(), 0, List.of(), 0, 0, 0, 0, 0, 0, 0, 0);

        public Cpuset
        {
            cpus = List.copyOf(cpus);
            mems = List.copyOf(mems);
        }
    }

    /**
     * @param cache page cache in bytes
     * @param swap memory and swap together, on both cgroup versions
     * @param raw {@code memory.stat} as it is
     */
    public record Memory(long cache, MemoryEntry usage, MemoryEntry swap, MemoryEntry kernel, MemoryEntry kernelTcp, Map<String, Long> raw, Optional<Psi> psi)
    {
        public static final Memory NONE = new Memory(0, MemoryEntry.NONE, MemoryEntry.NONE, MemoryEntry.NONE, MemoryEntry.NONE, Map.of(), Optional.empty());

        public Memory
        {
            // Order kept: it is the kernel's, and people compare the output with memory.stat.
            raw = Collections.unmodifiableMap(new LinkedHashMap<>(raw));
        }
    }

    public record MemoryEntry(long limit, long usage, long max, long failcnt)
    {
        public static final MemoryEntry NONE = new MemoryEntry(0, 0, 0, 0);
    }

    /** @param limit 0 = unlimited, as managers know it */
    public record Pids(long current, long limit)
    {
        public static final Pids NONE = new Pids(0, 0);
    }

    public record Blkio(
            List<BlkioEntry> serviceBytes,
            List<BlkioEntry> serviced,
            List<BlkioEntry> queued,
            List<BlkioEntry> serviceTime,
            List<BlkioEntry> waitTime,
            List<BlkioEntry> merged,
            List<BlkioEntry> time,
            List<BlkioEntry> sectors,
            Optional<Psi> psi)
    {
        public static final Blkio NONE = new Blkio(List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Optional.empty());

        public Blkio
        {
            serviceBytes = List.copyOf(serviceBytes);
            serviced = List.copyOf(serviced);
            queued = List.copyOf(queued);
            serviceTime = List.copyOf(serviceTime);
            waitTime = List.copyOf(waitTime);
            merged = List.copyOf(merged);
            time = List.copyOf(time);
            sectors = List.copyOf(sectors);
        }
    }

    /** @param op {@code Read}, {@code Write}, …; empty where the file counts all together */
    public record BlkioEntry(long major, long minor, String op, long value) {}

    public record Hugetlb(long usage, long max, long failcnt) {}

    /** Handles and objects in use by one device. */
    public record Rdma(long hcaHandles, long hcaObjects) {}

    /** @param failcnt how often a limit was met */
    public record Misc(long usage, long failcnt) {}

    /** Pressure stall information; source: Documentation/accounting/psi.rst. */
    public record Psi(PsiLine some, PsiLine full) {}

    /** @param total microseconds, as the kernel counts it */
    public record PsiLine(double avg10, double avg60, double avg300, long total)
    {
        public static final PsiLine NONE = new PsiLine(0, 0, 0, 0);
    }

    /** Filled by one controller after the other; what none fills stays {@code NONE}. */
    public static final class Builder
    {
        private CpuUsage usage = CpuUsage.NONE;
        private Throttling throttling = Throttling.NONE;
        private Optional<Psi> cpuPsi = Optional.empty();
        private Cpuset cpuset = Cpuset.NONE;
        private Memory memory = Memory.NONE;
        private Pids pids = Pids.NONE;
        private Blkio blkio = Blkio.NONE;
        private final Map<String, Hugetlb> hugetlb = new LinkedHashMap<>();
        private final Map<String, Rdma> rdma = new LinkedHashMap<>();
        private final Map<String, Misc> misc = new LinkedHashMap<>();

        public void cpuUsage(CpuUsage value)
        {
            usage = value;
        }

        public void throttling(Throttling value)
        {
            throttling = value;
        }

        public void cpuPsi(Optional<Psi> value)
        {
            cpuPsi = value;
        }

        public void cpuset(Cpuset value)
        {
            cpuset = value;
        }

        public void memory(Memory value)
        {
            memory = value;
        }

        public void pids(Pids value)
        {
            pids = value;
        }

        public void blkio(Blkio value)
        {
            blkio = value;
        }

        public void hugetlb(String size, Hugetlb value)
        {
            hugetlb.put(size, value);
        }

        public void rdma(String device, Rdma value)
        {
            rdma.put(device, value);
        }

        public void misc(String resource, Misc value)
        {
            misc.put(resource, value);
        }

        public CgroupStats build()
        {
            return new CgroupStats(new Cpu(usage, throttling, cpuPsi), cpuset, memory, pids, blkio, hugetlb, rdma, misc);
        }
    }
}
