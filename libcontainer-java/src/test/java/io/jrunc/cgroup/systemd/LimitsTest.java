package io.jrunc.cgroup.systemd;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.cgroup.ResourcesBuilder;
import io.jrunc.error.SpecException;
import io.jrunc.spec.Resources;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitsTest
{
    private static final int NEW = 257;
    private static final String INFINITY = "18446744073709551615";

    private static List<String> v1(ResourcesBuilder asked, int version)
    {
        return texts(Limits.v1(asked.build(), List.of(), version));
    }

    private static List<String> v2(ResourcesBuilder asked)
    {
        return v2(asked, NEW);
    }

    private static List<String> v2(ResourcesBuilder asked, int version)
    {
        return texts(Limits.v2(asked.build(), List.of(), version));
    }

    private static List<String> texts(Limits limits)
    {
        return limits.properties().stream().map(Property::toString).toList();
    }

    private static ResourcesBuilder everything()
    {
        return resources().with("memory.limit", 100 << 20).with("memory.reservation", 50 << 20).with("memory.swap", 150 << 20).with("cpu.shares", 1024)
                .with("cpu.quota", 10_000).with("cpu.period", 50_000).with("cpu.cpus", "0-1,9").with("cpu.mems", "0").with("pids.limit", 42).with("blockIO.weight", 300);
    }

    @Test
    void onV1()
    {
        assertThat(v1(everything(), NEW)).containsExactly("AllowedCPUs=ay [3 2]", "AllowedMemoryNodes=ay [1]", "BlockIOWeight=t 300", "CPUQuotaPerSecUSec=t 200000",
                "CPUQuotaPeriodUSec=t 50000", "CPUShares=t 1024", "MemoryLimit=t 104857600", "TasksMax=t 42");
    }

    @Test
    void onV2()
    {
        assertThat(v2(everything())).containsExactly("AllowedCPUs=ay [3 2]", "AllowedMemoryNodes=ay [1]", "CPUQuotaPerSecUSec=t 200000", "CPUQuotaPeriodUSec=t 50000",
                "CPUWeight=t 100", "MemoryLow=t 52428800", "MemoryMax=t 104857600", "MemorySwapMax=t 52428800", "TasksMax=t 42");
    }

    @Test
    void anOldSystemdIsToldWhatItKnows()
    {
        assertThat(v1(everything(), 241)).doesNotContain("CPUQuotaPeriodUSec=t 50000", "AllowedCPUs=ay [3 2]", "AllowedMemoryNodes=ay [1]").contains("CPUQuotaPerSecUSec=t 200000");
        assertThat(v1(everything(), 242)).contains("CPUQuotaPeriodUSec=t 50000").doesNotContain("AllowedCPUs=ay [3 2]");
        assertThat(v2(everything(), 243)).doesNotContain("AllowedCPUs=ay [3 2]");
        assertThat(v2(everything(), 244)).contains("AllowedCPUs=ay [3 2]", "AllowedMemoryNodes=ay [1]");
    }

    @Test
    void nothingAskedIsNothingTold()
    {
        assertThat(v2(resources())).isEmpty();
        assertThat(v1(resources(), NEW)).isEmpty();
    }

    @Test
    void noLimitIsInfinity()
    {
        assertThat(v2(resources().with("memory.limit", -1).with("pids.limit", -1))).containsExactly("MemoryMax=t " + INFINITY, "MemorySwapMax=t " + INFINITY, "TasksMax=t " + INFINITY);
        assertThat(v2(resources().with("pids.limit", 0))).containsExactly("TasksMax=t 1");
    }

    /** systemd counts whole percents; so do the files then, or they would contradict each other. */
    @ParameterizedTest
    @CsvSource({"10000, 100000, 100000, 10000", "12345, 100000, 130000, 13000", "1, 100000, 10000, 1000", "33333, 0, 340000, 34000", "9999, 100000, 100000, 10000", "150001, 100000, 1510000, 151000"})
    void aQuotaIsRoundedUp(long quota, long period, long perSecond, long written)
    {
        Resources asked = resources().with("cpu.quota", quota).with("cpu.period", period).build();
        for (Limits limits : List.of(Limits.v1(asked, List.of(), NEW), Limits.v2(asked, List.of(), NEW))) {
            assertThat(texts(limits)).contains("CPUQuotaPerSecUSec=t " + perSecond);
            assertThat(limits.forFiles().cpu().orElseThrow().quota()).hasValue(written);
        }
    }

    @Test
    void aQuotaThatIsTakenBack()
    {
        assertThat(v2(resources().with("cpu.quota", -1))).containsExactly("CPUQuotaPerSecUSec=t " + INFINITY);
        assertThat(v2(resources().with("cpu.period", 50_000))).containsExactly("CPUQuotaPerSecUSec=t " + INFINITY, "CPUQuotaPeriodUSec=t 50000");
        assertThatThrownBy(() -> v2(resources().with("cpu.quota", Long.MAX_VALUE))).isInstanceOf(SpecException.class).hasMessageContaining("too large");
    }

    @Test
    void idleWinsOverAWeight()
    {
        Limits limits = Limits.v2(resources().with("cpu.shares", 512).with("cpu.idle", 1).build(), List.of(), 252);
        assertThat(texts(limits)).containsExactly("CPUWeight=t 0");
        assertThat(limits.warnings()).containsExactly("linux.resources.cpu: systemd cannot have both a weight of CPU and idle; the weight is left out");
        assertThat(v2(resources().with("cpu.shares", 1024).with("cpu.idle", 1), 251)).containsExactly("CPUWeight=t 100");
        assertThat(v2(resources().with("cpu.idle", 0))).isEmpty();
    }

    @Test
    void unifiedFilesAsProperties()
    {
        assertThat(v2(resources().unified("cpu.max", "12345 100000").unified("cpu.weight", "77").unified("cpuset.cpus", "0-7").unified("cpuset.mems", " 0 ")
                .unified("memory.high", "1000").unified("memory.low", "2000").unified("memory.min", "3000").unified("memory.max", "max").unified("memory.swap.max", "0")
                .unified("pids.max", "0").unified("hugetlb.2MB.max", "0").unified("memory.oom.group", "1")))
                .containsExactly("AllowedCPUs=ay [255]", "AllowedMemoryNodes=ay [1]", "CPUQuotaPerSecUSec=t 130000", "CPUQuotaPeriodUSec=t 100000", "CPUWeight=t 77",
                        "MemoryHigh=t 1000", "MemoryLow=t 2000", "MemoryMax=t " + INFINITY, "MemoryMin=t 3000", "MemorySwapMax=t 0", "TasksMax=t 1");
        assertThat(v2(resources().unified("cpu.max", "max"))).containsExactly("CPUQuotaPerSecUSec=t " + INFINITY, "CPUQuotaPeriodUSec=t 100000");
        assertThat(v2(resources().unified("cpu.idle", "1").unified("cpu.weight", "5"))).containsExactly("CPUWeight=t 0");
        assertThat(v2(resources().unified("cpu.idle", "1"), 251)).isEmpty();
    }

    @Test
    void aUnifiedValueThatIsNoneIsRefused()
    {
        for (String[] wrong : new String[][] {{"cpu.max", "1 2 3"}, {"cpu.max", ""}, {"memory.max", "1G"}, {"pids.max", "-1"}, {"cpu.weight", "x"}}) {
            assertThatThrownBy(() -> v2(resources().unified(wrong[0], wrong[1]))).isInstanceOf(SpecException.class)
                    .hasMessageContaining("unified resource \"" + wrong[0] + "\" value conversion error");
        }
        assertThatThrownBy(() -> v2(resources().unified("cpuset.cpus", "3-1"))).isInstanceOf(SpecException.class).hasMessageContaining("linux.resources.unified.cpuset.cpus");
    }

    @Test
    void cpusAsBytes()
    {
        assertThat(Limits.bits("0")).containsExactly(1);
        assertThat(Limits.bits("7")).containsExactly(0x80);
        assertThat(Limits.bits("0-3,8")).containsExactly(0x0f, 1);
        assertThat(Limits.bits("65")).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 2);
    }
}
