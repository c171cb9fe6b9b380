package io.jrunc.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.HostException;
import io.jrunc.spec.IntelRdt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a folder that looks like a resctrl file system. */
class ResctrlTest
{
    private static final String ALL = "L3:0=fffff;1=fffff\nMB:0=100;1=100\n";

    @TempDir
    private Path root;
    private Resctrl resctrl;
    private final List<Path> announced = new ArrayList<>();

    @BeforeEach
    void fill() throws IOException
    {
        Files.createDirectories(root.resolve("info/L3"));
        Files.createDirectories(root.resolve("info/MB"));
        Files.writeString(root.resolve("info/last_cmd_status"), "ok\n");
        files(root);
        resctrl = new Resctrl(root, folder -> {
            assertThat(folder).as("announced or shared before it is made").satisfiesAnyOf(
                    made -> assertThat(announced).contains(made), made -> assertThat(made.getFileName()).hasToString("gold"));
            Files.createDirectory(folder);
            files(folder);
        });
    }

    /** What the kernel puts into a group. */
    private static void files(Path group) throws IOException
    {
        Files.writeString(group.resolve("tasks"), "");
        if (!group.getParent().endsWith("mon_groups")) {
            Files.writeString(group.resolve("schemata"), "");
            Files.createDirectories(group.resolve("mon_groups"));
        }
    }

    private Path group(String name, String schemata) throws IOException
    {
        Path group = Files.createDirectory(root.resolve(name));
        files(group);
        Files.writeString(group.resolve("schemata"), schemata);
        return group;
    }

    private static IntelRdt asked(String closId, String l3, String memory, boolean monitoring, String... schemata)
    {
        return new IntelRdt(Optional.of(closId).filter(s -> !s.isEmpty()), List.of(schemata), Optional.of(l3).filter(s -> !s.isEmpty()),
                Optional.of(memory).filter(s -> !s.isEmpty()), monitoring);
    }

    private void join(IntelRdt asked)
    {
        resctrl.join(asked, "web", 42, announced::add);
    }

    @Test
    void withoutAClosIdTheGroupIsNamedAfterTheContainerAndGoesWithIt() throws IOException
    {
        join(asked("", "L3:0=f", "MB:0=50", false, "L2:0=3"));
        assertThat(root.resolve("web/schemata")).hasContent("L3:0=f\nMB:0=50\nL2:0=3\n");
        assertThat(root.resolve("web/tasks")).hasContent("42");
        assertThat(announced).containsExactly(root.resolve("web"));
    }

    @Test
    void anUpdateWritesOnlyWhatIsNewIntoTheGroup() throws IOException
    {
        join(asked("", "L3:0=f", "MB:0=50", false));
        resctrl.update(asked("", "", "MB:0=70", false), "web");
        assertThat(root.resolve("web/schemata")).content().startsWith("MB:0=70\n");
        group("gold", ALL);
        resctrl.update(asked("gold", "L3:0=3", "MB:0=20", false), "web");
        assertThat(root.resolve("gold/schemata")).content().startsWith("L3:0=3\nMB:0=20\n");
        Files.delete(root.resolve("info/MB"));
        assertThatThrownBy(() -> resctrl.update(asked("gold", "", "MB:0=10", false), "web")).isInstanceOf(HostException.class).hasMessageContaining("no MBA");
        Files.delete(root.resolve("info/L3"));
        assertThatThrownBy(() -> resctrl.update(asked("gold", "L3:0=1", "", false), "web")).isInstanceOf(HostException.class).hasMessageContaining("no CAT");
    }

    @Test
    void aNamedGroupStays() throws IOException
    {
        join(asked("gold", "L3:0=f", "", false));
        assertThat(root.resolve("gold/schemata")).hasContent("L3:0=f\n");
        assertThat(announced).isEmpty();
    }

    @Test
    void aNamedGroupWithNothingSaidOfItMustBeThere() throws IOException
    {
        assertThatThrownBy(() -> join(asked("gold", "", "", false))).isInstanceOf(HostException.class)
                .hasMessageContaining("linux.intelRdt.closID: there is no group \"gold\"");
        assertThat(root.resolve("gold")).doesNotExist();
        group("gold", ALL);
        join(asked("gold", "", "", false));
        assertThat(root.resolve("gold/schemata")).hasContent(ALL);
        assertThat(root.resolve("gold/tasks")).hasContent("42");
    }

    @Test
    void aNamedGroupThatIsThereMustHaveTheSameValues() throws IOException
    {
        group("gold", "    L3:0=00ff;1=fffff\n    MB:0= 50;1=100\n");
        assertThatThrownBy(() -> join(asked("gold", "L3:0=f", "", false)))
                .hasMessageContaining("the group \"gold\" exists with other values: L3 of domain 0 is ff there, not f");
        assertThatThrownBy(() -> join(asked("gold", "", "MB:1=60", false))).hasMessageContaining("MB of domain 1 is 100 there, not 60");
        assertThat(root.resolve("gold/tasks")).hasContent("");
        join(asked("gold", "L3:0=0FF", "MB:0=50", false));
        assertThat(root.resolve("gold/tasks")).hasContent("42");
    }

    @Test
    void aSlashIsTheRootGroup()
    {
        join(asked("/", "", "", true));
        assertThat(root.resolve("tasks")).hasContent("42");
        assertThat(root.resolve("mon_groups/web/tasks")).hasContent("42");
        assertThat(announced).containsExactly(root.resolve("mon_groups/web"));
    }

    @Test
    void monitoringHasAGroupOfItsOwnAndBothGo() throws IOException
    {
        join(asked("", "", "", true));
        assertThat(root.resolve("web/schemata")).hasContent("");
        assertThat(root.resolve("web/mon_groups/web/tasks")).hasContent("42");
        assertThat(announced).containsExactly(root.resolve("web"), root.resolve("web/mon_groups/web"));
    }

    @Test
    void furtherProcessesAreAdded() throws IOException
    {
        join(asked("", "", "", true));
        resctrl.add(asked("", "", "", true), "web", 77);
        assertThat(root.resolve("web/tasks")).hasContent("77");
        assertThat(root.resolve("web/mon_groups/web/tasks")).hasContent("77");
    }

    @Test
    void whatTheProcessorCannotDoIsRefusedBeforeAnythingIsMade() throws IOException
    {
        Files.delete(root.resolve("info/L3"));
        Files.delete(root.resolve("info/MB"));
        assertThatThrownBy(() -> join(asked("", "L3:0=f", "", false))).hasMessageContaining("linux.intelRdt.l3CacheSchema", "no CAT");
        assertThatThrownBy(() -> join(asked("", "", "MB:0=50", false))).hasMessageContaining("linux.intelRdt.memBwSchema", "no MBA");
        assertThat(root.resolve("web")).doesNotExist();
        assertThat(announced).isEmpty();
    }

    @Test
    void aFailureHasTheKernelsLastWords() throws IOException
    {
        Files.writeString(root.resolve("info/last_cmd_status"), "Mask out of range\n");
        Path group = group("gold", ALL);
        Files.delete(group.resolve("tasks"));
        assertThatThrownBy(() -> join(asked("gold", "", "", false)))
                .hasMessage("linux.intelRdt: cannot write \"42\" to " + group + "/tasks: no such file or directory (last_cmd_status: Mask out of range)");
    }

    @Test
    void aGroupThatIsGoneIsNoErrorAndAnOrdinaryFolderIsNotEmptied() throws IOException
    {
        Resctrl.remove(root.resolve("web"));
        Path folder = group("folder", ALL);
        assertThatThrownBy(() -> Resctrl.remove(folder)).hasMessageContaining("cannot remove the resctrl group " + folder);
        assertThat(folder.resolve("schemata")).exists();
        Path empty = Files.createDirectory(root.resolve("empty"));
        Resctrl.remove(empty);
        assertThat(empty).doesNotExist();
    }

    @Test
    void itIsFoundWhereverItIsMounted()
    {
        String table = """
                22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
                40 22 0:36 /web /part rw - resctrl resctrl rw
                41 22 0:36 / /mnt/res\\040ctrl rw,relatime shared:9 - resctrl resctrl rw
                """;
        assertThat(Resctrl.mounted(table)).isPresent();
        assertThat(io.jrunc.host.MountTable.mountPoint(table, "resctrl")).contains(Path.of("/mnt/res ctrl"));
        String without = table.lines().findFirst().orElseThrow();
        assertThat(Resctrl.mounted(without)).isEmpty();
        assertThatThrownBy(() -> Resctrl.needed(without)).isInstanceOf(HostException.class).hasMessageContaining("linux.intelRdt is set, but no resctrl file system is mounted");
    }
}
