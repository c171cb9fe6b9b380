package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupStats.BlkioEntry;
import io.jrunc.cgroup.CgroupStats.CpuUsage;
import io.jrunc.cgroup.CgroupStats.Hugetlb;
import io.jrunc.cgroup.CgroupStats.MemoryEntry;
import io.jrunc.cgroup.CgroupStats.Pids;
import io.jrunc.cgroup.CgroupStats.PsiLine;
import io.jrunc.cgroup.CgroupStats.Rdma;
import io.jrunc.cgroup.CgroupStats.Throttling;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class CgroupStatsTest
{
    @TempDir
    private Path folder;

    private FakeCgroup cgroup;

    @BeforeEach
    void prepare()
    {
        cgroup = new FakeCgroup(folder.resolve("web")).with("cgroup.procs", "1", "2", "3");
    }

    @Test
    void v2CpuTimesBecomeNanoseconds()
    {
        cgroup.with("cpu.stat", "usage_usec 7", "user_usec 4", "system_usec 3", "nr_periods 9", "nr_throttled 2", "throttled_usec 5")
                .with("cpu.pressure", "some avg10=0.50 avg60=0.00 avg300=0.00 total=11");

        CgroupStats.Cpu cpu = cgroup.stats(new io.jrunc.cgroup.v2.CpuController()).cpu();

        assertThat(cpu.usage()).isEqualTo(new CpuUsage(7000, List.of(), List.of(), List.of(), 3000, 4000));
        assertThat(cpu.throttling()).isEqualTo(new Throttling(9, 2, 5000));
        assertThat(cpu.psi().orElseThrow().some()).isEqualTo(new PsiLine(0.5, 0, 0, 11));
    }

    @Test
    void v2SwapIsToldWithMemoryAndUnlimitedStaysUnlimited()
    {
        cgroup.with("memory.stat", "anon 1", "file 64")
                .with("memory.current", "100").with("memory.max", "1000").with("memory.peak", "150")
                .with("memory.swap.current", "10").with("memory.swap.max", "200");

        CgroupStats.Memory memory = cgroup.stats(new io.jrunc.cgroup.v2.MemoryController()).memory();

        assertThat(memory.cache()).isEqualTo(64);
        assertThat(memory.usage()).isEqualTo(new MemoryEntry(1000, 100, 150, 0));
        assertThat(memory.swap()).isEqualTo(new MemoryEntry(1200, 110, 0, 0));
        assertThat(memory.raw()).containsExactly(Map.entry("anon", 1L), Map.entry("file", 64L));
        assertThat(memory.psi()).isEmpty();

        cgroup.with("memory.swap.max", "max");
        assertThat(Long.toUnsignedString(cgroup.stats(new io.jrunc.cgroup.v2.MemoryController()).memory().swap().limit())).isEqualTo("18446744073709551615");
    }

    @Test
    void pidsWithoutALimitAreReportedAsZeroAndWithoutAControllerCounted()
    {
        assertThat(cgroup.stats(new io.jrunc.cgroup.v2.PidsController()).pids()).isEqualTo(new Pids(3, 0));

        cgroup.with("pids.current", "5").with("pids.max", "max");
        assertThat(cgroup.stats(new io.jrunc.cgroup.v2.PidsController()).pids()).isEqualTo(new Pids(5, 0));

        cgroup.with("pids.max", "20");
        assertThat(cgroup.stats(new io.jrunc.cgroup.v2.PidsController()).pids()).isEqualTo(new Pids(5, 20));
    }

    @Test
    void v2IoIsToldUnderV1Names()
    {
        cgroup.with("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6", "253:16 rbytes=9");

        CgroupStats.Blkio blkio = cgroup.stats(new io.jrunc.cgroup.v2.IoController()).blkio();

        assertThat(blkio.serviceBytes()).containsExactly(new BlkioEntry(8, 0, "Read", 1), new BlkioEntry(8, 0, "Write", 2), new BlkioEntry(253, 16, "Read", 9));
        assertThat(blkio.serviced()).containsExactly(new BlkioEntry(8, 0, "Read", 3), new BlkioEntry(8, 0, "Write", 4));
    }

    @Test
    void v2HugePagesAndRdma()
    {
        cgroup.with("hugetlb.2MB.current", "5").with("hugetlb.2MB.rsvd.current", "6").with("hugetlb.2MB.events", "max 4")
                .with("hugetlb.1GB.current", "7").with("rdma.current", "mlx4_0 hca_handle=2 hca_object=30");

        CgroupStats stats = cgroup.stats(new io.jrunc.cgroup.v2.HugetlbController(), new io.jrunc.cgroup.v2.RdmaController());

        assertThat(stats.hugetlb()).isEqualTo(Map.of("2MB", new Hugetlb(6, 0, 4), "1GB", new Hugetlb(7, 0, 0)));
        assertThat(stats.rdma()).isEqualTo(Map.of("mlx4_0", new Rdma(2, 30)));
    }

    @Test
    void v2Misc()
    {
        cgroup.with("misc.current", "sev 3", "sev_es 0").with("misc.events", "sev.max 2");

        assertThat(cgroup.stats(new io.jrunc.cgroup.v2.MiscController()).misc()).isEqualTo(Map.of("sev", new CgroupStats.Misc(3, 2), "sev_es", new CgroupStats.Misc(0, 0)));
    }

    @Test
    void v1CpuComesFromTwoControllers()
    {
        cgroup.with("cpu.stat", "nr_periods 9", "nr_throttled 2", "throttled_time 5")
                .with("cpuacct.usage", "1000").with("cpuacct.usage_percpu", "600 400 ").with("cpuacct.stat", "user 3", "system 2")
                .with("cpuacct.usage_all", "cpu user system", "0 500 100", "1 300 100");

        CgroupStats.Cpu cpu = cgroup.stats(new io.jrunc.cgroup.v1.CpuController(), new io.jrunc.cgroup.v1.CpuacctController()).cpu();

        assertThat(cpu.usage()).isEqualTo(new CpuUsage(1000, List.of(600L, 400L), List.of(100L, 100L), List.of(500L, 300L), 20_000_000, 30_000_000));
        assertThat(cpu.throttling()).isEqualTo(new Throttling(9, 2, 5));
    }

    @Test
    void v1Memory()
    {
        cgroup.with("memory.stat", "cache 64", "rss 5").with("memory.limit_in_bytes", "1000").with("memory.usage_in_bytes", "100")
                .with("memory.max_usage_in_bytes", "150").with("memory.failcnt", "3").with("memory.memsw.limit_in_bytes", "9223372036854771712");

        CgroupStats.Memory memory = cgroup.stats(new io.jrunc.cgroup.v1.MemoryController()).memory();

        assertThat(memory.cache()).isEqualTo(64);
        assertThat(memory.usage()).isEqualTo(new MemoryEntry(1000, 100, 150, 3));
        assertThat(memory.swap().limit()).isEqualTo(9223372036854771712L);
        assertThat(memory.kernel()).isEqualTo(MemoryEntry.NONE);
    }

    @Test
    void v1Cpuset()
    {
        cgroup.with("cpuset.cpus", "0-1").with("cpuset.mems", "0").with("cpuset.sched_load_balance", "1").with("cpuset.sched_relax_domain_level", "-1");

        CgroupStats.Cpuset cpuset = cgroup.stats(new io.jrunc.cgroup.v1.CpusetController()).cpuset();

        assertThat(cpuset.cpus()).containsExactly(0, 1);
        assertThat(cpuset.mems()).containsExactly(0);
        assertThat(cpuset.schedLoadBalance()).isEqualTo(1);
        assertThat(cpuset.schedRelaxDomainLevel()).isEqualTo(-1);
    }

    @Test
    void v1BlkioCountsWhereTheSchedulerCounts()
    {
        cgroup.with("blkio.throttle.io_service_bytes", "8:0 Read 7", "8:0 Total 7", "Total 7").with("blkio.throttle.io_serviced", "8:0 Read 1", "Total 1");

        CgroupStats.Blkio throttled = cgroup.stats(new io.jrunc.cgroup.v1.BlkioController()).blkio();
        assertThat(throttled.serviceBytes()).containsExactly(new BlkioEntry(8, 0, "Read", 7), new BlkioEntry(8, 0, "Total", 7));
        assertThat(throttled.serviced()).containsExactly(new BlkioEntry(8, 0, "Read", 1));

        cgroup.with("blkio.bfq.io_service_bytes_recursive", "8:16 Write 9", "Total 9").with("blkio.bfq.sectors_recursive", "8:16 18");
        CgroupStats.Blkio bfq = cgroup.stats(new io.jrunc.cgroup.v1.BlkioController()).blkio();
        assertThat(bfq.serviceBytes()).containsExactly(new BlkioEntry(8, 16, "Write", 9));
        assertThat(bfq.sectors()).containsExactly(new BlkioEntry(8, 16, "", 18));
    }

    @Test
    void v1HugePages()
    {
        cgroup.with("hugetlb.2MB.usage_in_bytes", "5").with("hugetlb.2MB.max_usage_in_bytes", "6").with("hugetlb.2MB.failcnt", "1");

        assertThat(cgroup.stats(new io.jrunc.cgroup.v1.HugetlbController()).hugetlb()).isEqualTo(Map.of("2MB", new Hugetlb(5, 6, 1)));
    }

    @Test
    void aCgroupWithoutControllersHasNoNumbersAndNoErrors()
    {
        CgroupStats stats = cgroup.stats(new io.jrunc.cgroup.v2.CpuController(), new io.jrunc.cgroup.v2.MemoryController(), new io.jrunc.cgroup.v2.IoController(),
                new io.jrunc.cgroup.v2.HugetlbController(), new io.jrunc.cgroup.v2.RdmaController());

        assertThat(stats.cpu().usage()).isEqualTo(CpuUsage.NONE);
        assertThat(stats.memory()).isEqualTo(CgroupStats.Memory.NONE);
        assertThat(stats.blkio()).isEqualTo(CgroupStats.Blkio.NONE);
        assertThat(stats.hugetlb()).isEmpty();
    }
}
