package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.cgroup.ResourcesBuilder;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.SpecException;
import io.jrunc.error.StateException;
import io.jrunc.spec.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ENOENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class V2ControllersTest
{
    @ParameterizedTest
    @CsvSource({
            "0, 0",
            "1, 1",
            "2, 1",
            "3, 2",
            "10, 4",
            "512, 59",
            "1024, 100",
            "2048, 174",
            "100000, 4340",
            "262144, 10000",
            "262145, 10000",
            "-1, 10000",
    })
    void theV1DefaultOf1024SharesBecomesTheV2DefaultWeightOf100(long shares, long weight)
    {
        assertThat(CpuController.weightOfShares(shares)).isEqualTo(weight);
    }

    @Test
    void weightsNeverFallWhenSharesRise()
    {
        long before = 0;
        for (long shares = 1; shares <= 262_144; shares++) {
            long weight = CpuController.weightOfShares(shares);
            assertThat(weight).isBetween(before, 10_000L);
            before = weight;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            // shares, quota, period, burst, idle
            ",,,,                    | ",
            "0,0,0,,                 | ",
            "1024,,,,                | cpu.weight = 100",
            ",10000,50000,,          | cpu.max = 10000 50000",
            ",10000,,,               | cpu.max = 10000 100000",
            ",-1,,,                  | cpu.max = max 100000",
            ",,50000,,               | cpu.max = max 50000",
            ",50000,100000,20000,    | cpu.max.burst = 20000 (repeated if invalid); cpu.max = 50000 100000",
            ",,,0,                   | cpu.max.burst = 0",
            "512,,,,0                | cpu.idle = 0; cpu.weight = 59",
            "512,,,,1                | cpu.idle = 1",
            ",,,,1                   | cpu.idle = 1",
    })
    void cpu(String values, String writes)
    {
        assertWrites(new CpuController(), cpuResources(values), writes);
    }

    static Resources cpuResources(String values)
    {
        String[] names = {"cpu.shares", "cpu.quota", "cpu.period", "cpu.burst", "cpu.idle"};
        String[] words = values.strip().split(",", -1);
        ResourcesBuilder builder = resources();
        for (int i = 0; i < names.length; i++) {
            if (!words[i].isEmpty()) {
                builder.with(names[i], Long.parseLong(words[i]));
            }
        }
        return builder.build();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            // limit, swap, reservation
            "0   | 0   | 0   | ",
            "100 | 0   | 0   | memory.max = 100",
            "-1  | 0   | 0   | memory.swap.max = max (skipped if absent); memory.max = max",
            "100 | 300 | 0   | memory.swap.max = 200; memory.max = 100",
            "100 | 100 | 0   | memory.swap.max = 0 (skipped if absent); memory.max = 100",
            "100 | -1  | 0   | memory.swap.max = max (skipped if absent); memory.max = 100",
            "-1  | -1  | 0   | memory.swap.max = max (skipped if absent); memory.max = max",
            "-1  | 300 | 0   | memory.swap.max = 300; memory.max = max",
            "0   | -1  | 0   | memory.swap.max = max (skipped if absent)",
            "0   | 0   | 50  | memory.low = 50",
            "100 | 0   | -1  | memory.max = 100; memory.low = max",
    })
    void memory(long limit, long swap, long reservation, String writes)
    {
        assertWrites(new MemoryController(),
                resources().with("memory.limit", limit).with("memory.swap", swap).with("memory.reservation", reservation).build(), writes);
    }

    @Test
    void aSwapLimitNeedsAMemoryLimit()
    {
        assertThatThrownBy(() -> new MemoryController().writes(resources().with("memory.swap", 300).build()))
                .isInstanceOf(SpecException.class)
                .hasMessage("linux.resources.memory.swap: unable to set swap limit without memory limit");
    }

    @Test
    void v1OnlyMemoryValuesAreLeftOut()
    {
        assertWrites(new MemoryController(), resources().with("memory.swappiness", 10).with("memory.disableOOMKiller", true).build(), "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "100 | 0   | 100 | rejecting memory limit 100 <= usage 100",
            "100 | 0   | 99  | ",
            "100 | 150 | 200 | rejecting memory+swap limit 150 <= usage 200",
            "-1  | -1  | 200 | ",
            "0   | 0   | 200 | ",
    })
    void checkBeforeUpdateRefusesWhatWouldKill(long limit, long swap, long usage, String message)
    {
        Resources asked = resources().with("memory.limit", limit).with("memory.swap", swap).with("memory.checkBeforeUpdate", true).build();
        if (message == null) {
            MemoryController.checkUsage(asked.memory().orElseThrow(), OptionalLong.of(usage));
        }
        else {
            assertThatThrownBy(() -> MemoryController.checkUsage(asked.memory().orElseThrow(), OptionalLong.of(usage)))
                    .isInstanceOf(StateException.class)
                    .hasMessage(message);
        }
        // Not asked for, or nothing to compare with: never an error.
        MemoryController.checkUsage(asked.memory().orElseThrow(), OptionalLong.empty());
        MemoryController.checkUsage(resources().with("memory.limit", 1).build().memory().orElseThrow(), OptionalLong.of(usage));
    }

    @ParameterizedTest
    @CsvSource({"5, pids.max = 5", "0, pids.max = 1", "-1, pids.max = max"})
    void pids(long limit, String writes)
    {
        assertWrites(new PidsController(), resources().with("pids.limit", limit).build(), writes);
        assertWrites(new PidsController(), resources().build(), null);
    }

    @ParameterizedTest
    @CsvSource({"10, 1", "100, 910", "500, 4950", "1000, 10000"})
    void ioWeight(int weight, long converted)
    {
        assertThat(IoController.ioWeight(weight)).isEqualTo(converted);
        assertWrites(new IoController(), resources().with("blockIO.weight", weight).build(), "io.bfq.weight = " + weight + " (else io.weight = " + converted + ")");
    }

    @Test
    void ioDevices()
    {
        assertWrites(new IoController(),
                resources().weightDevice(8, 0, 300, 0).weightDevice(8, 16, 0, 200)
                        .throttle("readBps", 8, 0, 1024).throttle("writeBps", 8, 0, 2048).throttle("readIops", 8, 0, 3).throttle("writeIops", 8, 0, 0).build(),
                "io.bfq.weight = 8:0 300 (skipped if absent); io.max = 8:0 rbps=1024; io.max = 8:0 wbps=2048; io.max = 8:0 riops=3; io.max = 8:0 wiops=max");
    }

    @Test
    void cpusetValuesAreTakenWordForWord()
    {
        assertWrites(new CpusetController(), resources().with("cpu.cpus", "0-1,3").with("cpu.mems", "0").build(), "cpuset.cpus = 0-1,3; cpuset.mems = 0");
        assertWrites(new CpusetController(), resources().with("cpu.cpus", "").build(), "");
    }

    @Test
    void hugePagesAndTheirReservations()
    {
        assertWrites(new HugetlbController(), resources().hugepages("2MB", 4096).hugepages("1GB", -1).build(),
                "hugetlb.2MB.max = 4096; hugetlb.2MB.rsvd.max = 4096 (skipped if absent); "
                        + "hugetlb.1GB.max = 18446744073709551615; hugetlb.1GB.rsvd.max = 18446744073709551615 (skipped if absent)");
    }

    @Test
    void rdma()
    {
        assertWrites(new RdmaController(),
                resources().rdma("mlx5_0", OptionalLong.of(3), OptionalLong.of(100)).rdma("ib1", OptionalLong.empty(), OptionalLong.of(7)).build(),
                "rdma.max = mlx5_0 hca_handle=3 hca_object=100; rdma.max = ib1 hca_object=7");
    }

    @Test
    void unifiedValuesAreWrittenLineByLine()
    {
        assertThat(Unified.writes(resources().unified("io.max", "8:0 rbps=1\n8:16 rbps=2\n").unified("memory.high", "5").build()).stream().map(CgroupWrite::toString))
                .containsExactly("io.max = 8:0 rbps=1 | 8:16 rbps=2", "memory.high = 5");
    }

    @Test
    void unifiedKeysNameAController()
    {
        assertThatThrownBy(() -> Unified.writes(resources().unified("high", "5").build()))
                .isInstanceOf(SpecException.class)
                .hasMessage("linux.resources.unified: unified resource \"high\" must be in the form CONTROLLER.PARAMETER");
    }

    @Test
    void aRefusedUnifiedValueSaysWhetherItsControllerIsThere()
    {
        CgroupWrite write = CgroupWrite.of("hugetlb", "hugetlb.2MB.max", "x");

        assertThat(Unified.explain(write, new ErrnoException("openat2", "", ENOENT), Set.of("memory")))
                .contains("unified resource \"hugetlb.2MB.max\" can't be set: controller \"hugetlb\" not available");
        assertThat(Unified.explain(write, new ErrnoException("write", "", EINVAL), Set.of("hugetlb")))
                .contains("unable to set unified resource \"hugetlb.2MB.max\": failed to write \"x\": invalid argument");
    }

    static void assertWrites(Controller controller, Resources resources, String expected)
    {
        List<String> writes = controller.writes(resources).stream().map(CgroupWrite::toString).toList();
        assertThat(String.join("; ", writes)).isEqualTo(expected == null ? "" : expected);
        assertThat(controller.writes(resources)).allMatch(write -> write.controller().equals(controller.name()));
    }
}
