package io.jrunc.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.cgroup.ResctrlStats.L3Cache;
import io.jrunc.cgroup.ResctrlStats.MemoryBandwidth;
import io.jrunc.cgroup.ResctrlStats.Traffic;
import io.jrunc.spec.IntelRdt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a folder that looks like the resctrl file system of a machine with two L3 caches. */
class ResctrlStatsTest
{
    private static final String ALL = "MB:0=100;1=100\nL3:0=fffff;1=fffff\n";
    private static final String OWN = "MB:0= 20;1= 70\nL3:0=0007f;1=0001f\n";

    @TempDir
    private Path root;
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void fill() throws IOException
    {
        write("info/L3/cbm_mask", "fffff\n");
        write("info/L3/min_cbm_bits", "2\n");
        write("info/L3/num_closids", "16\n");
        write("info/MB/bandwidth_gran", "10\n");
        write("info/MB/delay_linear", "1\n");
        write("info/MB/min_bandwidth", "5\n");
        write("info/MB/num_closids", "8\n");
        write("info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_total_bytes_config\nmbm_local_bytes\n");
        write("schemata", ALL);
        write("web/schemata", OWN);
        counters("web/mon_data/mon_L3_01", "4001", "5001", "6001");
        counters("web/mon_data/mon_L3_00", "4000", "5000", "6000");
    }

    private void write(String file, String text) throws IOException
    {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void counters(String cache, String occupancy, String total, String local) throws IOException
    {
        write(cache + "/llc_occupancy", occupancy + "\n");
        write(cache + "/mbm_total_bytes", total + "\n");
        write(cache + "/mbm_local_bytes", local + "\n");
    }

    private static IntelRdt asked(String closId, boolean monitoring)
    {
        return new IntelRdt(Optional.of(closId).filter(s -> !s.isEmpty()), List.of(), Optional.empty(), Optional.empty(), monitoring);
    }

    private ResctrlStats read(IntelRdt asked)
    {
        return new Resctrl(root, Files::createDirectory).stats(asked, "web", warnings::add);
    }

    private ResctrlStats read()
    {
        return read(asked("", false));
    }

    private static Traffic bytes(long total, long local)
    {
        return new Traffic(OptionalLong.of(total), OptionalLong.of(local));
    }

    private static List<OptionalLong> amounts(long... amounts)
    {
        return java.util.Arrays.stream(amounts).mapToObj(OptionalLong::of).toList();
    }

    private String unread(String file)
    {
        return "cannot read " + root.resolve(file) + ": no such file or directory";
    }

    @Test
    void whatTheProcessorAllocatesWithTheLinesOfTheRootAndOfTheGroup()
    {
        ResctrlStats stats = read();
        assertThat(stats.l3Cache()).contains(new L3Cache(Optional.of("fffff"), 2, 16, Optional.of("L3:0=fffff;1=fffff"), Optional.of("L3:0=0007f;1=0001f")));
        assertThat(stats.memoryBandwidth()).contains(new MemoryBandwidth(10, 1, 5, 8, Optional.of("MB:0=100;1=100"), Optional.of("MB:0= 20;1= 70")));
        assertThat(stats.schemata()).containsExactly("MB:0= 20;1= 70", "L3:0=0007f;1=0001f");
        assertThat(warnings).isEmpty();
    }

    @Test
    void linesStayAsTheKernelAlignsThemAndAreFoundByTheirWholeName() throws IOException
    {
        write("web/schemata", "SMBA:0=60\n  MB:0=50\n  L3:0=f\n");
        ResctrlStats stats = read();
        assertThat(stats.schemata()).containsExactly("SMBA:0=60", "  MB:0=50", "  L3:0=f");
        assertThat(stats.memoryBandwidth().orElseThrow().schema()).contains("MB:0=50");
        assertThat(stats.l3Cache().orElseThrow().schema()).contains("L3:0=f");
        write("web/schemata", "");
        assertThat(read().schemata()).containsExactly("");
    }

    @Test
    void withCodeAndDataApartOnlySchemataTellsOfTheCache() throws IOException
    {
        Files.move(root.resolve("info/L3"), root.resolve("info/L3CODE"));
        write("web/schemata", "    MB:0=100\nL3DATA:0=f\nL3CODE:0=f0\n");
        ResctrlStats stats = read();
        assertThat(stats.l3Cache()).isEmpty();
        assertThat(stats.schemata()).containsExactly("MB:0=100", "L3DATA:0=f", "L3CODE:0=f0");
        assertThat(warnings).isEmpty();
    }

    @Test
    void whatTheProcessorDoesNotHaveIsNotLookedFor() throws IOException
    {
        Files.move(root.resolve("info/L3"), root.resolve("noL3"));
        Files.move(root.resolve("info/MB"), root.resolve("noMB"));
        Files.move(root.resolve("info/L3_MON"), root.resolve("noMON"));
        assertThat(read()).isEqualTo(new ResctrlStats(Optional.empty(), Optional.empty(), List.of("MB:0= 20;1= 70", "L3:0=0007f;1=0001f"), List.of(), List.of()));
        assertThat(warnings).isEmpty();
    }

    @Test
    void countersAreInTheOrderOfTheCaches() throws IOException
    {
        counters("web/mon_data/mon_L3_02", "0", "18446744073709551615", "0");
        ResctrlStats stats = read();
        assertThat(stats.occupancy()).isEqualTo(amounts(4000, 4001, 0));
        assertThat(stats.traffic()).containsExactly(bytes(5000, 6000), bytes(5001, 6001), bytes(-1, 0));
        assertThat(warnings).isEmpty();
    }

    @Test
    void countersOfOtherThingsThanCachesArePassedOver() throws IOException
    {
        write("web/mon_data/mon_PERF_PKG_00/core_energy", "1.5\n");
        assertThat(read().occupancy()).isEqualTo(amounts(4000, 4001));
        assertThat(warnings).isEmpty();
    }

    @Test
    void aGroupForMonitoringIsReadInsteadOfTheWholeGroup() throws IOException
    {
        counters("web/mon_groups/web/mon_data/mon_L3_00", "1", "2", "3");
        ResctrlStats stats = read(asked("", true));
        assertThat(stats.occupancy()).isEqualTo(amounts(1));
        assertThat(stats.traffic()).containsExactly(bytes(2, 3));
        assertThat(stats.schemata()).containsExactly("MB:0= 20;1= 70", "L3:0=0007f;1=0001f");
        assertThat(warnings).isEmpty();
    }

    @Test
    void aNamedGroupAndTheRootGroupAreRead() throws IOException
    {
        write("gold/schemata", "L3:0=3\n");
        counters("gold/mon_data/mon_L3_00", "7", "8", "9");
        ResctrlStats gold = read(asked("gold", false));
        assertThat(gold.schemata()).containsExactly("L3:0=3");
        assertThat(gold.memoryBandwidth().orElseThrow().schema()).isEmpty();
        assertThat(gold.occupancy()).isEqualTo(amounts(7));
        counters("mon_groups/web/mon_data/mon_L3_00", "10", "11", "12");
        ResctrlStats whole = read(asked("/", true));
        assertThat(whole.l3Cache().orElseThrow().schema()).contains("L3:0=fffff;1=fffff");
        assertThat(whole.traffic()).containsExactly(bytes(11, 12));
        assertThat(warnings).isEmpty();
    }

    @Test
    void whatTheProcessorDoesNotCountIsZeroOrNotThere() throws IOException
    {
        write("info/L3_MON/mon_features", "mbm_local_bytes\n");
        Files.delete(root.resolve("web/mon_data/mon_L3_00/mbm_total_bytes"));
        Files.delete(root.resolve("web/mon_data/mon_L3_01/mbm_total_bytes"));
        assertThat(read().traffic()).containsExactly(bytes(0, 6000), bytes(0, 6001));
        assertThat(read().occupancy()).isEmpty();
        write("info/L3_MON/mon_features", "llc_occupancy\n");
        assertThat(read().traffic()).isEmpty();
        assertThat(read().occupancy()).isEqualTo(amounts(4000, 4001));
        assertThat(warnings).isEmpty();
    }

    @Test
    void aCounterThatHasNothingToSayNowIsLeftOutAndOneThatFailedIsAWarning() throws IOException
    {
        counters("web/mon_data/mon_L3_00", "Unavailable", "Unassigned", "6000");
        ResctrlStats stats = read();
        assertThat(stats.occupancy()).containsExactly(OptionalLong.empty(), OptionalLong.of(4001));
        assertThat(stats.traffic()).containsExactly(new Traffic(OptionalLong.empty(), OptionalLong.of(6000)), bytes(5001, 6001));
        assertThat(warnings).isEmpty();
        counters("web/mon_data/mon_L3_00", "4000", "5000", "Error");
        assertThat(read().traffic()).containsExactly(new Traffic(OptionalLong.of(5000), OptionalLong.empty()), bytes(5001, 6001));
        assertThat(warnings).containsExactly(root.resolve("web/mon_data/mon_L3_00/mbm_local_bytes") + " says \"Error\" where a number belongs");
    }

    @Test
    void aFileThatIsNotThereIsAWarningAndTheRestIsTold() throws IOException
    {
        Files.delete(root.resolve("info/L3/cbm_mask"));
        Files.delete(root.resolve("info/MB/delay_linear"));
        Files.delete(root.resolve("web/mon_data/mon_L3_01/llc_occupancy"));
        ResctrlStats stats = read();
        assertThat(stats.l3Cache()).contains(new L3Cache(Optional.empty(), 2, 16, Optional.of("L3:0=fffff;1=fffff"), Optional.of("L3:0=0007f;1=0001f")));
        assertThat(stats.memoryBandwidth()).contains(new MemoryBandwidth(10, 0, 5, 8, Optional.of("MB:0=100;1=100"), Optional.of("MB:0= 20;1= 70")));
        assertThat(stats.occupancy()).containsExactly(OptionalLong.of(4000), OptionalLong.empty());
        assertThat(warnings).containsExactlyInAnyOrder(unread("info/L3/cbm_mask"), unread("info/MB/delay_linear"), unread("web/mon_data/mon_L3_01/llc_occupancy"));
    }

    @Test
    void aGroupThatIsGoneLeavesWhatTheMachineHas()
    {
        ResctrlStats stats = read(asked("gone", false));
        assertThat(stats.l3Cache()).contains(new L3Cache(Optional.of("fffff"), 2, 16, Optional.of("L3:0=fffff;1=fffff"), Optional.empty()));
        assertThat(stats.schemata()).isEmpty();
        assertThat(stats.traffic()).isEmpty();
        assertThat(stats.occupancy()).isEmpty();
        assertThat(warnings).containsExactly(unread("gone/schemata"), unread("gone/mon_data"));
    }
}
