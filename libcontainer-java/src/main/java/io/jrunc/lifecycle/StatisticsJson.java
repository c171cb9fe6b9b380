package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.ResctrlStats;
import io.jrunc.spec.GoJson;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Statistics in the shape that {@code runc events} gave them, which managers parse: a number that is 0 is left out unless it has
 * always been there, {@code ioQueueRecursive} is spelled so.
 */
final class StatisticsJson
{
    private StatisticsJson() {}

    static String outOfMemory(String id)
    {
        return GoJson.line(JsonNodeFactory.instance.objectNode().put("type", "oom").put("id", id));
    }

    static String line(String id, CgroupStats stats, ResctrlStats resctrl)
    {
        ObjectNode event = JsonNodeFactory.instance.objectNode().put("type", "stats").put("id", id);
        ObjectNode data = event.putObject("data");
        cpu(data.putObject("cpu"), stats.cpu());
        cpuset(data.putObject("cpuset"), stats.cpuset());
        memory(data.putObject("memory"), stats.memory());
        some(some(data.putObject("pids"), "current", stats.pids().current()), "limit", stats.pids().limit());
        blkio(data.putObject("blkio"), stats.blkio());
        hugetlb(data.putObject("hugetlb"), stats.hugetlb());
        resctrl(data.putObject("intel_rdt"), resctrl);
        data.putNull("network_interfaces");
        return GoJson.line(event);
    }

    private static void cpu(ObjectNode node, CgroupStats.Cpu cpu)
    {
        CgroupStats.CpuUsage used = cpu.usage();
        ObjectNode usage = some(node.putObject("usage"), "total", used.total());
        numbers(usage, "percpu", used.percpu());
        numbers(usage, "percpu_kernel", used.percpuKernel());
        numbers(usage, "percpu_user", used.percpuUser());
        always(always(usage, "kernel", used.kernel()), "user", used.user());
        CgroupStats.Throttling throttling = cpu.throttling();
        some(some(some(node.putObject("throttling"), "periods", throttling.periods()), "throttledPeriods", throttling.throttledPeriods()), "throttledTime",
                throttling.throttledTime());
        psi(node, cpu.psi());
    }

    private static void cpuset(ObjectNode node, CgroupStats.Cpuset cpuset)
    {
        numbers(node, "cpus", cpuset.cpus().stream().map(Integer::longValue).toList());
        always(node, "cpu_exclusive", cpuset.cpuExclusive());
        numbers(node, "mems", cpuset.mems().stream().map(Integer::longValue).toList());
        always(node, "mem_hardwall", cpuset.memHardwall());
        always(node, "mem_exclusive", cpuset.memExclusive());
        always(node, "memory_migrate", cpuset.memoryMigrate());
        always(node, "memory_spread_page", cpuset.memorySpreadPage());
        always(node, "memory_spread_slab", cpuset.memorySpreadSlab());
        always(node, "memory_pressure", cpuset.memoryPressure());
        always(node, "sched_load_balance", cpuset.schedLoadBalance());
        node.put("sched_relax_domain_level", cpuset.schedRelaxDomainLevel());
    }

    private static void memory(ObjectNode node, CgroupStats.Memory memory)
    {
        some(node, "cache", memory.cache());
        entry(node, "usage", memory.usage());
        entry(node, "swap", memory.swap());
        entry(node, "kernel", memory.kernel());
        entry(node, "kernelTCP", memory.kernelTcp());
        if (!memory.raw().isEmpty()) {
            ObjectNode raw = node.putObject("raw");
            memory.raw().forEach((name, value) -> always(raw, name, value));
        }
        psi(node, memory.psi());
    }

    private static void entry(ObjectNode node, String name, CgroupStats.MemoryEntry entry)
    {
        always(some(some(always(node.putObject(name), "limit", entry.limit()), "usage", entry.usage()), "max", entry.max()), "failcnt", entry.failcnt());
    }

    private static void blkio(ObjectNode node, CgroupStats.Blkio blkio)
    {
        blkio(node, "ioServiceBytesRecursive", blkio.serviceBytes());
        blkio(node, "ioServicedRecursive", blkio.serviced());
        blkio(node, "ioQueueRecursive", blkio.queued());
        blkio(node, "ioServiceTimeRecursive", blkio.serviceTime());
        blkio(node, "ioWaitTimeRecursive", blkio.waitTime());
        blkio(node, "ioMergedRecursive", blkio.merged());
        blkio(node, "ioTimeRecursive", blkio.time());
        blkio(node, "sectorsRecursive", blkio.sectors());
        psi(node, blkio.psi());
    }

    private static void blkio(ObjectNode node, String name, List<CgroupStats.BlkioEntry> entries)
    {
        if (entries.isEmpty()) {
            return;
        }
        ArrayNode array = node.putArray(name);
        for (CgroupStats.BlkioEntry entry : entries) {
            ObjectNode one = some(some(array.addObject(), "major", entry.major()), "minor", entry.minor());
            if (!entry.op().isEmpty()) {
                one.put("op", entry.op());
            }
            some(one, "value", entry.value());
        }
    }

    private static void hugetlb(ObjectNode node, Map<String, CgroupStats.Hugetlb> sizes)
    {
        sizes.forEach((size, used) -> always(some(some(node.putObject(size), "usage", used.usage()), "max", used.max()), "failcnt", used.failcnt()));
    }

    private static void resctrl(ObjectNode node, ResctrlStats stats)
    {
        stats.l3Cache().ifPresent(cache -> {
            some(some(told(node.putObject("l3_cache_info"), "cbm_mask", cache.cbmMask()), "min_cbm_bits", cache.minCbmBits()), "num_closids", cache.numClosids());
            told(told(node, "l3_cache_schema_root", cache.rootSchema()), "l3_cache_schema", cache.schema());
        });
        stats.memoryBandwidth().ifPresent(bandwidth -> {
            ObjectNode info = some(some(node.putObject("mem_bw_info"), "bandwidth_gran", bandwidth.bandwidthGran()), "delay_linear", bandwidth.delayLinear());
            some(some(info, "min_bandwidth", bandwidth.minBandwidth()), "num_closids", bandwidth.numClosids());
            told(told(node, "mem_bw_schema_root", bandwidth.rootSchema()), "mem_bw_schema", bandwidth.schema());
        });
        if (!stats.schemata().isEmpty()) {
            ArrayNode lines = node.putArray("schemata");
            stats.schemata().forEach(lines::add);
        }
        if (!stats.traffic().isEmpty()) {
            ArrayNode caches = node.putArray("mbm_stats");
            stats.traffic().forEach(bytes -> told(told(caches.addObject(), "mbm_total_bytes", bytes.total()), "mbm_local_bytes", bytes.local()));
        }
        if (!stats.occupancy().isEmpty()) {
            ArrayNode caches = node.putArray("cmt_stats");
            stats.occupancy().forEach(bytes -> told(caches.addObject(), "llc_occupancy", bytes));
        }
    }

    private static void psi(ObjectNode node, Optional<CgroupStats.Psi> psi)
    {
        if (psi.isPresent()) {
            ObjectNode section = node.putObject("psi");
            psi(section.putObject("some"), psi.get().some());
            psi(section.putObject("full"), psi.get().full());
        }
    }

    private static void psi(ObjectNode node, CgroupStats.PsiLine line)
    {
        always(node.put("avg10", line.avg10()).put("avg60", line.avg60()).put("avg300", line.avg300()), "total", line.total());
    }

    private static void numbers(ObjectNode node, String name, List<Long> values)
    {
        if (!values.isEmpty()) {
            ArrayNode array = node.putArray(name);
            values.forEach(value -> array.add(unsigned(value)));
        }
    }

    private static ObjectNode told(ObjectNode node, String name, Optional<String> value)
    {
        return value.isPresent() ? node.put(name, value.get()) : node;
    }

    /** A counter that stands at 0 says so. */
    private static ObjectNode told(ObjectNode node, String name, OptionalLong value)
    {
        return value.isPresent() ? always(node, name, value.getAsLong()) : node;
    }

    private static ObjectNode some(ObjectNode node, String name, long value)
    {
        return value == 0 ? node : always(node, name, value);
    }

    private static ObjectNode always(ObjectNode node, String name, long value)
    {
        return node.put(name, unsigned(value));
    }

    private static BigInteger unsigned(long value)
    {
        return new BigInteger(Long.toUnsignedString(value));
    }
}
