package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.cgroup.ResourcesBuilder;
import io.jrunc.error.SpecException;
import io.jrunc.spec.InterfacePriority;
import io.jrunc.spec.Network;
import io.jrunc.spec.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.OptionalLong;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class V1ControllersTest
{
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            // shares, quota, period, burst, idle, realtimeRuntime, realtimePeriod
            ",,,,,,                 | ",
            "1024,,,,,,             | cpu.shares = 1024",
            "1024,,,,1,,            | cpu.idle = 1",
            "1024,,,,0,,            | cpu.idle = 0; cpu.shares = 1024",
            ",10000,50000,,,,       | cpu.cfs_period_us = 50000 (repeated if invalid); cpu.cfs_quota_us = 10000",
            ",-1,,,,,               | cpu.cfs_quota_us = -1",
            ",,50000,,,,            | cpu.cfs_period_us = 50000",
            ",5000,,100,,,          | cpu.cfs_burst_us = 100 (repeated if invalid) (skipped if absent); cpu.cfs_quota_us = 5000",
            ",,,0,,,                | cpu.cfs_burst_us = 0 (skipped if absent)",
            ",,,,,950000,1000000    | cpu.rt_period_us = 1000000 (repeated if invalid); cpu.rt_runtime_us = 950000",
            ",,,,,,1000000          | cpu.rt_period_us = 1000000",
    })
    void cpu(String values, String writes)
    {
        String[] names = {"cpu.shares", "cpu.quota", "cpu.period", "cpu.burst", "cpu.idle", "cpu.realtimeRuntime", "cpu.realtimePeriod"};
        String[] words = values.strip().split(",", -1);
        ResourcesBuilder builder = resources();
        for (int i = 0; i < names.length; i++) {
            if (!words[i].isEmpty()) {
                builder.with(names[i], Long.parseLong(words[i]));
            }
        }
        assertWrites(new CpuController(), builder.build(), writes);
    }

    @ParameterizedTest
    @CsvSource({
            "262145, the maximum allowed cpu-shares is 262144",
            "-1, the maximum allowed cpu-shares is 262144",
            "1, the minimum allowed cpu-shares is 2",
    })
    void sharesThatTheKernelWouldSilentlyChangeAreRefused(long shares, String message)
    {
        assertThatThrownBy(() -> new CpuController().writes(resources().with("cpu.shares", shares).build()))
                .isInstanceOf(SpecException.class)
                .hasMessage("linux.resources.cpu.shares: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "0   | 0   | 0  | ",
            "100 | 0   | 0  | memory.limit_in_bytes = 100",
            "100 | 300 | 0  | memory.limit_in_bytes = 100 (repeated if invalid); memory.memsw.limit_in_bytes = 300",
            "-1  | 0   | 0  | memory.limit_in_bytes = -1 (repeated if invalid); memory.memsw.limit_in_bytes = -1 (skipped if absent)",
            "-1  | -1  | 0  | memory.limit_in_bytes = -1 (repeated if invalid); memory.memsw.limit_in_bytes = -1",
            "0   | 300 | 0  | memory.memsw.limit_in_bytes = 300",
            "0   | 0   | 50 | memory.soft_limit_in_bytes = 50",
    })
    void memory(long limit, long swap, long reservation, String writes)
    {
        assertWrites(new MemoryController(),
                resources().with("memory.limit", limit).with("memory.swap", swap).with("memory.reservation", reservation).build(), writes);
    }

    @Test
    void theOomKillerAndSwappiness()
    {
        assertWrites(new MemoryController(), resources().with("memory.disableOOMKiller", true).with("memory.swappiness", 0).build(),
                "memory.oom_control = 1; memory.swappiness = 0");
        assertWrites(new MemoryController(), resources().with("memory.disableOOMKiller", false).build(), "");
    }

    @Test
    void cpusetFilesMayLackTheirPrefix()
    {
        assertWrites(new CpusetController(), resources().with("cpu.cpus", "0-1").with("cpu.mems", "0").build(),
                "cpuset.cpus = 0-1 (else cpus = 0-1); cpuset.mems = 0 (else mems = 0)");
    }

    @Test
    void blkio()
    {
        assertWrites(new BlkioController(),
                resources().with("blockIO.weight", 300).with("blockIO.leafWeight", 200).weightDevice(8, 0, 400, 500)
                        .throttle("readBps", 8, 0, 1024).throttle("writeBps", 8, 0, -1).throttle("readIops", 8, 0, 3).throttle("writeIops", 8, 0, 0).build(),
                "blkio.weight = 300 (else blkio.bfq.weight = 300); blkio.leaf_weight = 200; "
                        + "blkio.weight_device = 8:0 400 (else blkio.bfq.weight_device = 8:0 400); blkio.leaf_weight_device = 8:0 500; "
                        + "blkio.throttle.read_bps_device = 8:0 1024; blkio.throttle.write_bps_device = 8:0 18446744073709551615; "
                        + "blkio.throttle.read_iops_device = 8:0 3; blkio.throttle.write_iops_device = 8:0 0");
    }

    @Test
    void hugetlb()
    {
        assertWrites(new HugetlbController(), resources().hugepages("64KB", 65536).build(),
                "hugetlb.64KB.limit_in_bytes = 65536; hugetlb.64KB.rsvd.limit_in_bytes = 65536 (skipped if absent)");
    }

    @Test
    void network()
    {
        Resources asked = resources().network(new Network(OptionalLong.of(0x100001), List.of(new InterfacePriority("eth0", 5), new InterfacePriority("lo", 1)))).build();

        assertWrites(new NetClsController(), asked, "net_cls.classid = 1048577");
        assertWrites(new NetPrioController(), asked, "net_prio.ifpriomap = eth0 5; net_prio.ifpriomap = lo 1");
        assertWrites(new NetClsController(), resources().network(new Network(OptionalLong.of(0), List.of())).build(), "");
    }

    @Test
    void cpuacctHasNothingToSet()
    {
        assertWrites(new CpuacctController(), resources().with("cpu.shares", 10).build(), "");
    }

    private static void assertWrites(Controller controller, Resources resources, String expected)
    {
        List<String> writes = controller.writes(resources).stream().map(CgroupWrite::toString).toList();
        assertThat(String.join("; ", writes)).isEqualTo(expected == null ? "" : expected);
        assertThat(controller.writes(resources)).allMatch(write -> write.controller().equals(controller.name()));
    }
}
