package io.jrunc.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.ResctrlStats;
import io.jrunc.spec.IntelRdt;
import io.jrunc.state.ContainerId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerEventsTest
{
    private static final ContainerId WEB = new ContainerId("web");

    @TempDir
    private Path folder;
    private final List<String> warnings = new ArrayList<>();

    /** Where the folder is mounted as if it were a resctrl file system. */
    private ResctrlStats resctrl(Supplier<Optional<IntelRdt>> asked)
    {
        return ContainerEvents.resctrl("40 22 0:36 / " + folder + " rw,relatime shared:9 - resctrl resctrl rw\n", asked, WEB, warnings::add);
    }

    @Test
    void aContainerWithIntelRdtHasItsStatistics() throws IOException
    {
        Files.writeString(folder.resolve("schemata"), "L3:0=ff\n");
        Files.createDirectories(folder.resolve("info/L3_MON"));
        Files.writeString(folder.resolve("info/L3_MON/mon_features"), "llc_occupancy\n");
        Files.createDirectories(folder.resolve("web/mon_data"));
        Files.writeString(folder.resolve("web/schemata"), "L3:0=f\n");
        Path counters = Files.createDirectories(folder.resolve("web/mon_groups/web/mon_data/mon_L3_00"));
        Files.writeString(counters.resolve("llc_occupancy"), "4096\n");
        ResctrlStats stats = resctrl(() -> Optional.of(new IntelRdt(Optional.empty(), List.of(), Optional.of("L3:0=f"), Optional.empty(), true)));
        assertThat(StatisticsJson.line("web", CgroupStats.NONE, stats)).contains("\"intel_rdt\":{\"schemata\":[\"L3:0=f\"],\"cmt_stats\":[{\"llc_occupancy\":4096}]}");
        assertThat(warnings).isEmpty();
    }

    @Test
    void whatCannotBeReadIsAWarningWithTheContainersName() throws IOException
    {
        Files.writeString(folder.resolve("schemata"), "L3:0=ff\n");
        ResctrlStats stats = resctrl(() -> Optional.of(new IntelRdt(Optional.of("gold"), List.of(), Optional.empty(), Optional.empty(), false)));
        assertThat(stats).isEqualTo(ResctrlStats.NONE);
        assertThat(warnings).containsExactly("not all statistics of container \"web\": cannot read " + folder + "/gold/schemata: no such file or directory");
    }

    /** Nothing of resctrl is read: the folder is empty, which would be a warning. */
    @Test
    void aContainerWithoutIntelRdtHasNone()
    {
        assertThat(resctrl(Optional::empty)).isEqualTo(ResctrlStats.NONE);
        assertThat(warnings).isEmpty();
    }

    @Test
    void whereNoResctrlIsMountedTheConfigurationIsNotEvenRead()
    {
        assertThat(ContainerEvents.resctrl("22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n", () -> {
            throw new AssertionError("read for nothing");
        }, WEB, warnings::add)).isEqualTo(ResctrlStats.NONE);
        assertThat(warnings).isEmpty();
    }
}
