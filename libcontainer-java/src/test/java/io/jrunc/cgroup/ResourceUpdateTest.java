package io.jrunc.cgroup;

import io.jrunc.error.SpecException;
import io.jrunc.spec.Resources;
import io.jrunc.spec.ThrottleDevice;
import io.jrunc.spec.WeightDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ResourceUpdateTest
{
    @ParameterizedTest
    @CsvSource({
            // stored quota, period; change; result. 0 = not given
            "20000, 100000, 0, 0, 0, 0",
            "20000, 100000, 0, 50000, 20000, 50000",
            "20000, 100000, 40000, 0, 40000, 100000",
            "20000, 100000, 40000, 50000, 40000, 50000",
            "0, 0, 40000, 0, 40000, 0",
            "20000, 100000, -1, 0, -1, 100000",
    })
    void oneOfQuotaAndPeriodKeepsTheOtherAndNeitherResetsBoth(long storedQuota, long storedPeriod, long quota, long period, long newQuota, long newPeriod)
    {
        Resources stored = resources().with("cpu.quota", storedQuota).with("cpu.period", storedPeriod).build();
        Resources change = resources().with("cpu.quota", quota).with("cpu.period", period).build();

        Resources merged = ResourceUpdate.merge(stored, change);

        assertThat(merged.cpu().orElseThrow().quota().orElse(0)).isEqualTo(newQuota);
        assertThat(merged.cpu().orElseThrow().period().orElse(0)).isEqualTo(newPeriod);
    }

    @Test
    void unlimitedMemoryAloneForgetsTheSwapLimit()
    {
        Resources stored = resources().with("memory.limit", 100).with("memory.swap", 200).build();

        Resources merged = ResourceUpdate.merge(stored, resources().with("memory.limit", -1).build());

        assertThat(merged.memory().orElseThrow().limit()).hasValue(-1);
        assertThat(merged.memory().orElseThrow().swap()).hasValue(0);
        assertThat(new io.jrunc.cgroup.v2.MemoryController().writes(merged).stream().map(CgroupWrite::toString))
                .containsExactly("memory.swap.max = max (skipped if absent)", "memory.max = max");
    }

    @Test
    void memoryValuesNotGivenAreKept()
    {
        Resources stored = resources().with("memory.limit", 100).with("memory.swap", 200).with("memory.swappiness", 7).with("memory.reservation", 50).build();

        Resources merged = ResourceUpdate.merge(stored, resources().with("memory.limit", 150).build());

        assertThat(merged.memory().orElseThrow().limit()).hasValue(150);
        assertThat(merged.memory().orElseThrow().swap()).hasValue(200);
        assertThat(merged.memory().orElseThrow().reservation()).hasValue(50);
        assertThat(merged.memory().orElseThrow().swappiness()).hasValue(7);
        assertThat(ResourceUpdate.merge(stored, Resources.NONE).memory()).isEqualTo(stored.memory());
    }

    @Test
    void newMemoryAboveTheStoredSwapIsAContradiction()
    {
        Resources stored = resources().with("memory.limit", 100).with("memory.swap", 200).build();

        assertThatThrownBy(() -> ResourceUpdate.merge(stored, resources().with("memory.limit", 300).build()))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("memory+swap limit should be >= memory limit");
    }

    @Test
    void idleWithoutSharesForgetsTheShares()
    {
        Resources stored = resources().with("cpu.shares", 512).build();

        assertThat(ResourceUpdate.merge(stored, resources().with("cpu.idle", 1).build()).cpu().orElseThrow().shares()).hasValue(0);
        assertThat(ResourceUpdate.merge(stored, resources().with("cpu.quota", 1000).build()).cpu().orElseThrow().shares()).hasValue(512);
    }

    @Test
    void someValuesAreReplacedAsAWhole()
    {
        Resources stored = resources().with("cpu.cpus", "0-1").with("cpu.mems", "0").with("cpu.idle", 1).with("cpu.burst", 5).with("pids.limit", 9).unified("memory.high", "7").build();

        Resources merged = ResourceUpdate.merge(stored, resources().with("memory.limit", 5).build());

        assertThat(merged.cpu().orElseThrow().cpus()).isEqualTo(Optional.empty());
        assertThat(merged.cpu().orElseThrow().mems()).isEqualTo(Optional.empty());
        assertThat(merged.cpu().orElseThrow().idle()).isEqualTo(OptionalLong.empty());
        assertThat(merged.cpu().orElseThrow().burst()).isEqualTo(OptionalLong.empty());
        assertThat(merged.pids()).isEmpty();
        assertThat(merged.unified()).isEmpty();
    }

    @Test
    void devicesAndHugePagesNeverChange()
    {
        Resources stored = resources().device(true, "c", 1, 3, "rwm").hugepages("2MB", 1).build();

        Resources merged = ResourceUpdate.merge(stored, resources().device(false, "a", -1, -1, "rwm").hugepages("1GB", 2).build());

        assertThat(merged.devices()).isEqualTo(stored.devices());
        assertThat(merged.hugepageLimits()).isEqualTo(stored.hugepageLimits());
    }

    @Test
    void blockDevicesAreChangedOrAddedByNumberAndTheLastDuplicateWins()
    {
        Resources stored = resources().with("blockIO.weight", 100).weightDevice(8, 0, 200, 300).throttle("readBps", 8, 0, 1).throttle("readBps", 8, 0, 2).build();

        Resources merged = ResourceUpdate.merge(stored, resources()
                .weightDevice(8, 0, 250, 0).weightDevice(8, 16, 400, 0)
                .throttle("readBps", 8, 0, 9).throttle("writeIops", 8, 0, 4).throttle("writeIops", 8, 0, 5).build());

        assertThat(merged.blockIo().orElseThrow().weight()).hasValue(100);
        assertThat(merged.blockIo().orElseThrow().weightDevice()).containsExactly(
                new WeightDevice(8, 0, OptionalInt.of(250), OptionalInt.of(300)),
                new WeightDevice(8, 16, OptionalInt.of(400), OptionalInt.empty()));
        assertThat(merged.blockIo().orElseThrow().throttleReadBpsDevice()).containsExactly(new ThrottleDevice(8, 0, 1), new ThrottleDevice(8, 0, 9));
        assertThat(merged.blockIo().orElseThrow().throttleWriteIopsDevice()).containsExactly(new ThrottleDevice(8, 0, 5));
    }
}
