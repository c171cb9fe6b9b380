package io.jrunc.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.Blkio;
import io.jrunc.cgroup.CgroupStats.BlkioEntry;
import io.jrunc.cgroup.CgroupStats.CpuUsage;
import io.jrunc.cgroup.CgroupStats.Cpuset;
import io.jrunc.cgroup.CgroupStats.Hugetlb;
import io.jrunc.cgroup.CgroupStats.Memory;
import io.jrunc.cgroup.CgroupStats.MemoryEntry;
import io.jrunc.cgroup.CgroupStats.Pids;
import io.jrunc.cgroup.CgroupStats.Psi;
import io.jrunc.cgroup.CgroupStats.PsiLine;
import io.jrunc.cgroup.CgroupStats.Throttling;
import io.jrunc.cgroup.ResctrlStats;
import io.jrunc.cgroup.ResctrlStats.L3Cache;
import io.jrunc.cgroup.ResctrlStats.MemoryBandwidth;
import io.jrunc.cgroup.ResctrlStats.Traffic;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import org.junit.jupiter.api.Test;

/** Managers parse these lines: the names and what is left out are an interface. */
class StatisticsJsonTest
{
    private static final Optional<Psi> PRESSURE = Optional.of(new Psi(new PsiLine(0.5, 1.25, 2, 11), PsiLine.NONE));
    private static final String PRESSURE_JSON = "\"psi\":{\"some\":{\"avg10\":0.5,\"avg60\":1.25,\"avg300\":2.0,\"total\":11},\"full\":{\"avg10\":0.0,\"avg60\":0.0,\"avg300\":0.0,\"total\":0}}";

    /** {@code data} with what one controller told. */
    private static String section(String name, java.util.function.Consumer<CgroupStats.Builder> told)
    {
        CgroupStats.Builder stats = new CgroupStats.Builder();
        told.accept(stats);
        return section(name, StatisticsJson.line("web", stats.build(), ResctrlStats.NONE));
    }

    private static String section(String name, String line)
    {
        int from = line.indexOf("\"" + name + "\":") + name.length() + 3;
        int depth = 0;
        for (int i = from; ; i++) {
            depth += line.charAt(i) == '{' ? 1 : line.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return line.substring(from, i + 1);
            }
        }
    }

    @Test
    void withoutAnyNumberOnlyWhatHasAlwaysBeenThereIsThere()
    {
        String nothing = "{\"limit\":0,\"failcnt\":0}";
        assertThat(StatisticsJson.line("web", new CgroupStats.Builder().build(), ResctrlStats.NONE)).isEqualTo("{\"type\":\"stats\",\"id\":\"web\",\"data\":{"
                + "\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},"
                + "\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,\"memory_spread_page\":0,\"memory_spread_slab\":0,"
                + "\"memory_pressure\":0,\"sched_load_balance\":0,\"sched_relax_domain_level\":0},"
                + "\"memory\":{\"usage\":" + nothing + ",\"swap\":" + nothing + ",\"kernel\":" + nothing + ",\"kernelTCP\":" + nothing + "},"
                + "\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}");
    }

    @Test
    void outOfMemoryHasNoData()
    {
        assertThat(StatisticsJson.outOfMemory("web")).isEqualTo("{\"type\":\"oom\",\"id\":\"web\"}");
    }

    @Test
    void cpuTimesAreAsTheyWereRead()
    {
        assertThat(section("cpu", stats -> {
            stats.cpuUsage(new CpuUsage(7000, List.of(600L, 400L), List.of(100L, 200L), List.of(500L, 300L), 3000, 4000));
            stats.throttling(new Throttling(9, 2, 5000));
            stats.cpuPsi(PRESSURE);
        })).isEqualTo("{\"usage\":{\"total\":7000,\"percpu\":[600,400],\"percpu_kernel\":[100,200],\"percpu_user\":[500,300],\"kernel\":3000,\"user\":4000},"
                + "\"throttling\":{\"periods\":9,\"throttledPeriods\":2,\"throttledTime\":5000}," + PRESSURE_JSON + "}");
    }

    @Test
    void eachNumberOfACpusetHasItsName()
    {
        assertThat(section("cpuset", stats -> stats.cpuset(new Cpuset(List.of(0, 1), 1, List.of(0), 2, 3, 4, 5, 6, 7, 8, -1)))).isEqualTo(
                "{\"cpus\":[0,1],\"cpu_exclusive\":1,\"mems\":[0],\"mem_hardwall\":2,\"mem_exclusive\":3,\"memory_migrate\":4,\"memory_spread_page\":5,"
                        + "\"memory_spread_slab\":6,\"memory_pressure\":7,\"sched_load_balance\":8,\"sched_relax_domain_level\":-1}");
    }

    @Test
    void unlimitedMemoryIsTheLargestNumberOf64Bits()
    {
        assertThat(section("memory", stats -> stats.memory(new Memory(64, new MemoryEntry(1000, 100, 150, 3), new MemoryEntry(CgroupStats.UNLIMITED, 110, 0, 0),
                MemoryEntry.NONE, new MemoryEntry(1, 2, 3, 4), Map.of("anon", 1L), PRESSURE)))).isEqualTo(
                "{\"cache\":64,\"usage\":{\"limit\":1000,\"usage\":100,\"max\":150,\"failcnt\":3},\"swap\":{\"limit\":18446744073709551615,\"usage\":110,\"failcnt\":0},"
                        + "\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":1,\"usage\":2,\"max\":3,\"failcnt\":4},\"raw\":{\"anon\":1}," + PRESSURE_JSON + "}");
    }

    @Test
    void processesWithoutALimitHaveNone()
    {
        assertThat(section("pids", stats -> stats.pids(new Pids(3, 0)))).isEqualTo("{\"current\":3}");
        assertThat(section("pids", stats -> stats.pids(new Pids(3, 20)))).isEqualTo("{\"current\":3,\"limit\":20}");
    }

    @Test
    void theArraysOfBlkioAreSpelledAsTheyAlwaysWere()
    {
        List<List<BlkioEntry>> each = java.util.stream.LongStream.rangeClosed(1, 8).mapToObj(value -> List.of(new BlkioEntry(8, 0, value == 8 ? "" : "Read", value))).toList();
        assertThat(section("blkio", stats -> stats.blkio(
                new Blkio(each.get(0), each.get(1), each.get(2), each.get(3), each.get(4), each.get(5), each.get(6), each.get(7), PRESSURE)))).isEqualTo(
                "{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1}],"
                        + "\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":2}],"
                        + "\"ioQueueRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3}],"
                        + "\"ioServiceTimeRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":4}],"
                        + "\"ioWaitTimeRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":5}],"
                        + "\"ioMergedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":6}],"
                        + "\"ioTimeRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":7}],"
                        + "\"sectorsRecursive\":[{\"major\":8,\"value\":8}]," + PRESSURE_JSON + "}");
    }

    @Test
    void hugePagesBySize()
    {
        assertThat(section("hugetlb", stats -> stats.hugetlb("2MB", new Hugetlb(5, 6, 4)))).isEqualTo("{\"2MB\":{\"usage\":5,\"max\":6,\"failcnt\":4}}");
    }

    private static String rdt(ResctrlStats stats)
    {
        return section("intel_rdt", StatisticsJson.line("web", CgroupStats.NONE, stats));
    }

    @Test
    void resctrlHasItsNamesAndItsOrder()
    {
        assertThat(rdt(new ResctrlStats(Optional.of(new L3Cache(Optional.of("fffff"), 2, 16, Optional.of("L3:0=fffff"), Optional.of("L3:0=f"))),
                Optional.of(new MemoryBandwidth(10, 1, 5, 8, Optional.of("MB:0=100"), Optional.of("MB:0=20"))), List.of("MB:0=20", "L3:0=f"),
                List.of(new Traffic(OptionalLong.of(11), OptionalLong.of(12)), new Traffic(OptionalLong.of(-1), OptionalLong.of(0))),
                List.of(OptionalLong.of(13), OptionalLong.of(0))))).isEqualTo(
                "{\"l3_cache_info\":{\"cbm_mask\":\"fffff\",\"min_cbm_bits\":2,\"num_closids\":16},\"l3_cache_schema_root\":\"L3:0=fffff\",\"l3_cache_schema\":\"L3:0=f\","
                        + "\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":5,\"num_closids\":8},"
                        + "\"mem_bw_schema_root\":\"MB:0=100\",\"mem_bw_schema\":\"MB:0=20\",\"schemata\":[\"MB:0=20\",\"L3:0=f\"],"
                        + "\"mbm_stats\":[{\"mbm_total_bytes\":11,\"mbm_local_bytes\":12},{\"mbm_total_bytes\":18446744073709551615,\"mbm_local_bytes\":0}],"
                        + "\"cmt_stats\":[{\"llc_occupancy\":13},{\"llc_occupancy\":0}]}");
    }

    @Test
    void ofResctrlOnlyCountersSayZeroAndWhatWasNotToldIsLeftOut()
    {
        assertThat(rdt(new ResctrlStats(Optional.of(new L3Cache(Optional.empty(), 0, 0, Optional.empty(), Optional.empty())),
                Optional.of(new MemoryBandwidth(0, 0, 0, 0, Optional.empty(), Optional.empty())), List.of(),
                List.of(new Traffic(OptionalLong.empty(), OptionalLong.of(0))), List.of(OptionalLong.empty(), OptionalLong.of(3))))).isEqualTo(
                "{\"l3_cache_info\":{},\"mem_bw_info\":{},\"mbm_stats\":[{\"mbm_local_bytes\":0}],\"cmt_stats\":[{},{\"llc_occupancy\":3}]}");
    }
}
