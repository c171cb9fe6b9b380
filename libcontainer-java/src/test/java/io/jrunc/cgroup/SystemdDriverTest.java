package io.jrunc.cgroup;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.cgroup.systemd.FakeSystemd;
import io.jrunc.cgroup.systemd.Property;
import io.jrunc.cgroup.systemd.PropertyAnnotations;
import io.jrunc.cgroup.systemd.Systemd;
import io.jrunc.cgroup.systemd.UnitPlace;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver asks of systemd and of the driver of files under it. Ordinary directories stand for cgroups. */
class SystemdDriverTest
{
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final UnitPlace PLACE = UnitPlace.of("a-b.slice:p:web", "web", "system.slice");
    private static final List<String> V1 = List.of("devices", "memory", "cpu", "pids", "freezer");

    @TempDir
    private Path folder;
    private FakeSystemd fake;
    private final List<String> warnings = new ArrayList<>();
    private final List<Path> parents = new ArrayList<>();

    @BeforeEach
    void boot()
    {
        fake = new FakeSystemd(folder);
    }

    @AfterEach
    void shutDown()
    {
        fake.close();
    }

    private Path cgroup(String hierarchy)
    {
        return folder.resolve(hierarchy).resolve(PLACE.path());
    }

    private FilesystemDriver v2()
    {
        Path root = folder.resolve("cg");
        make(root);
        CgroupPaths paths = new CgroupPaths(Map.of("", new CgroupPaths.Place(root, PLACE.path())));
        return new V2Driver(CgroupRoots.unchecked(List.of(root)), paths, Tolerance.STRICT);
    }

    private FilesystemDriver v1()
    {
        Map<String, CgroupPaths.Place> places = new LinkedHashMap<>();
        for (String controller : V1) {
            make(folder.resolve(controller));
            places.put(controller, new CgroupPaths.Place(folder.resolve(controller), PLACE.path()));
        }
        return new V1Driver(CgroupRoots.unchecked(V1.stream().map(folder::resolve).toList()), new CgroupPaths(places), new Tolerance(true, true, true));
    }

    private SystemdDriver making(FilesystemDriver files, List<Property> properties)
    {
        return SystemdDriver.making(files, PLACE, "web", properties, fake.address(), bus -> Systemd.of(bus, LIMIT), warnings::add);
    }

    private SystemdDriver existing(FilesystemDriver files)
    {
        return SystemdDriver.existing(files, making(files, List.of()).unit().orElseThrow(), bus -> Systemd.of(bus, LIMIT), warnings::add);
    }

    /** What the kernel has in every group that systemd makes. */
    private void appears(String hierarchy)
    {
        make(cgroup(hierarchy));
        for (String file : List.of("cgroup.procs", "pids.max", "cpu.max", "memory.max", "cpu.weight", "memory.low", "cgroup.subtree_control")) {
            write(cgroup(hierarchy).resolve(file), "");
        }
    }

    private static void make(Path directory)
    {
        try {
            Files.createDirectories(directory);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text)
    {
        try {
            Files.writeString(file, text);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCgroupIsMadeAroundItsProcess()
    {
        fake.onStart(() -> appears("cg"));
        SystemdDriver driver = making(v2(), PropertyAnnotations.of(Map.of("org.systemd.property.CollectMode", "'inactive'")));
        assertThat(driver.processFirst()).isTrue();
        driver.create(resources().build(), parents::add);
        assertThat(cgroup("cg")).doesNotExist();
        assertThat(fake.calls()).isEmpty();
        driver.join(42);
        assertThat(fake.calls()).singleElement().asString().startsWith("StartTransientUnit p-web.scope replace [Description=s \"jrunc container web\", Slice=s \"a-b.slice\"")
                .contains("PIDs=au [42]", "CollectMode=s \"inactive\"");
        assertThat(driver.exists()).isTrue();
        assertThat(driver.paths()).containsExactly(Map.entry("", cgroup("cg").toString()));
    }

    private String placeOf(CgroupLayout layout, String path, boolean users)
    {
        return SystemdDriver.fresh(layout, path, "web", List.of(), fake::address, users, bus -> Systemd.of(bus, LIMIT), Tolerance.STRICT, warnings::add).paths().toString();
    }

    /** Unit names are the same for everybody; a user's systemd has its own part of the tree. */
    @Test
    void aUsersUnitsLieBelowHisSystemd()
    {
        CgroupLayout unified = CgroupLayout.parse("30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        assumeTrue(Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")) || Files.exists(Path.of("/sys/fs/cgroup/unified")), "needs cgroup v2");
        Path root = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")) ? Path.of("/sys/fs/cgroup") : Path.of("/sys/fs/cgroup/unified");
        CgroupLayout here = new CgroupLayout(unified.kind(), List.of(new CgroupMount(root, "/", true, List.of())));
        assertThat(placeOf(here, "", true)).isEqualTo("{=" + root + "/user.slice/user-1000.slice/user@1000.service/user.slice/jrunc-web.scope}");
        assertThat(placeOf(here, "a-b.slice:p:n", false)).isEqualTo("{=" + root + "/a.slice/a-b.slice/p-n.scope}");
    }

    @Test
    void aUserNeedsV2()
    {
        CgroupLayout split = CgroupLayout.parse("30 20 0:26 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n");
        assertThatThrownBy(() -> placeOf(split, "", true)).isInstanceOf(HostException.class).hasMessage("cannot use rootless systemd cgroups manager on cgroup v1");
    }

    @Test
    void aUnitInAnotherPlaceIsAnError()
    {
        SystemdDriver driver = making(v2(), List.of());
        driver.create(resources().build(), parents::add);
        assertThatThrownBy(() -> driver.join(42)).isInstanceOf(HostException.class).hasMessage("systemd made unit p-web.scope, but not in the cgroup " + cgroup("cg"));
    }

    @Test
    void everyValueIsWrittenByFileAsWell() throws IOException
    {
        appears("cg");
        fake.has("p-web.scope", "jrunc container web");
        existing(v2()).update(resources().with("pids.limit", 0).with("cpu.quota", 12345).with("cpu.period", 100_000).build());
        assertThat(fake.calls()).containsExactly("SetUnitProperties p-web.scope true [CPUQuotaPerSecUSec=t 130000, CPUQuotaPeriodUSec=t 100000, TasksMax=t 1]");
        assertThat(Files.readString(cgroup("cg").resolve("pids.max"))).isEqualTo("1");
        assertThat(Files.readString(cgroup("cg").resolve("cpu.max"))).isEqualTo("13000 100000");
    }

    /** So nothing has to stand still meanwhile: device rules are those of the start. */
    @Test
    void anUpdateLeavesDevicesAlone()
    {
        appears("cg");
        existing(v2()).update(resources().device(true, "c", 1, 11, "rw").with("pids.limit", 9).build());
        assertThat(fake.calls()).containsExactly("SetUnitProperties p-web.scope true [TasksMax=t 9]");
        V1.forEach(this::appears);
        existing(v1()).update(resources().device(true, "c", 1, 11, "rw").with("pids.limit", 8).build());
        assertThat(fake.calls()).last().isEqualTo("SetUnitProperties p-web.scope true [TasksMax=t 8]");
    }

    @Test
    void theFirstLimitsTellSystemdOfDevices()
    {
        V1.forEach(this::appears);
        existing(v1()).apply(resources().device(false, "a", -1, -1, "rwm").device(true, "c", 1, 11, "rw").with("pids.limit", 9).build());
        assertThat(fake.calls()).singleElement().asString().startsWith("SetUnitProperties p-web.scope true [DeviceAllow=a(ss) [], DevicePolicy=s \"strict\", DeviceAllow=a(ss) [")
                .contains("(\"/dev/char/1:11\" \"rw\")", "(\"char-136\" \"rwm\")").endsWith("TasksMax=t 9]");
    }

    @Test
    void whatWouldKillIsRefusedBeforeSystemdIsTold()
    {
        appears("cg");
        write(cgroup("cg").resolve("memory.current"), "5000\n");
        assertThatThrownBy(() -> existing(v2()).update(resources().with("memory.limit", 4096).with("memory.checkBeforeUpdate", true).build()))
                .isInstanceOf(StateException.class).hasMessage("rejecting memory limit 4096 <= usage 5000");
        assertThat(fake.calls()).isEmpty();
    }

    @Test
    void onV1WhatSystemdDoesNotManageIsMadeAndJoined() throws IOException
    {
        fake.onStart(() -> List.of("devices", "memory", "cpu", "pids").forEach(this::appears));
        SystemdDriver driver = making(v1(), List.of());
        driver.create(resources().build(), parents::add);
        assertThatThrownBy(() -> driver.join(42)).as("an ordinary directory has no cgroup.procs").hasMessageContaining("p-web.scope/cgroup.procs: no such file");
        assertThat(cgroup("freezer")).isDirectory();
        assertThat(parents).contains(folder.resolve("freezer/a.slice/a-b.slice"));
        assertThat(Files.readString(cgroup("devices").resolve("cgroup.procs"))).isEqualTo("42");
    }

    @Test
    void anExecIsAttachedBySystemd()
    {
        appears("cg");
        existing(v2()).join(43, SubCgroups.NONE, OptionalInt.empty());
        existing(v2()).join(44, SubCgroups.of(List.of("sub/x")), OptionalInt.empty());
        assertThat(fake.calls()).containsExactly("AttachProcessesToUnit p-web.scope / [43]", "AttachProcessesToUnit p-web.scope /sub/x [44]");
    }

    @Test
    void whereSystemdDoesNotAttachFilesDo() throws IOException
    {
        appears("cg");
        fake.refuse("AttachProcessesToUnit");
        existing(v2()).join(43, SubCgroups.NONE, OptionalInt.empty());
        assertThat(Files.readString(cgroup("cg").resolve("cgroup.procs"))).isEqualTo("43");
    }

    @Test
    void theEndOfAContainerIsTheEndOfItsUnit()
    {
        fake.has("p-web.scope", "jrunc container web");
        existing(v2()).delete(LIMIT);
        assertThat(fake.units()).isEmpty();
        assertThat(fake.calls()).containsExactly("StopUnit p-web.scope replace", "ResetFailedUnit p-web.scope");
    }

    @Test
    void aUnitThatHasGoneByItselfIsNoError()
    {
        assertThat(existing(v2()).deleteIfEmpty()).isTrue();
        existing(v2()).delete(LIMIT);
        assertThat(fake.calls()).isEmpty();
        assertThat(warnings).isEmpty();
    }

    /** A scope ends with its last process, and systemd removes the cgroup: whoever then signals or looks finds nobody, and no error. */
    @Test
    void aUnitThatHasGoneByItselfCanBeSignalledAndLookedAt()
    {
        for (FilesystemDriver files : List.of(v2(), v1())) {
            SystemdDriver driver = existing(files);
            driver.signalAll(9);
            driver.signalAll(15);
            assertThat(driver.exists()).isFalse();
            assertThat(driver.isFrozen()).isFalse();
            assertThat(driver.pids(true)).isEmpty();
            assertThat(driver.oomKills()).isEmpty();
        }
        assertThat(fake.calls()).isEmpty();
        assertThat(warnings).isEmpty();
    }

    /** As of another container of the same name, with another state root and another slice. */
    @Test
    void aUnitThatStandsElsewhereIsFoundBeforeItsNameIsOurs()
    {
        fake.has("p-web.scope", "jrunc container web");
        assertThatThrownBy(() -> making(v2(), List.of()).checkUnused()).isInstanceOf(StateException.class)
                .hasMessage("systemd already has a unit p-web.scope, which is not this container's");
        assertThat(fake.units()).containsOnlyKeys("p-web.scope");
        assertThat(fake.calls()).isEmpty();
    }

    @Test
    void aUnitThatHasFailedIsInNobodysWay()
    {
        fake.has("p-web.scope", "a failed one");
        making(v2(), List.of()).checkUnused();
        assertThat(fake.calls()).isEmpty();
    }

    @Test
    void aUnitOfAnotherIsNotTouched()
    {
        fake.has("p-web.scope", "somebody's");
        existing(v2()).delete(LIMIT);
        assertThat(fake.units()).containsKey("p-web.scope");
    }

    @Test
    void aUnitWithProcessesIsNotEndedInPassing()
    {
        appears("cg");
        write(cgroup("cg").resolve("cgroup.procs"), "42\n");
        fake.has("p-web.scope", "jrunc container web");
        assertThat(existing(v2()).deleteIfEmpty()).isFalse();
        assertThat(fake.calls()).isEmpty();
    }

    @Test
    void withoutABusAnEmptyCgroupCanStillGo()
    {
        fake.close();
        SystemdDriver driver = SystemdDriver.existing(v2(), making(v2(), List.of()).unit().orElseThrow(),
                bus -> Systemd.of(new io.jrunc.cgroup.systemd.Bus("unix:path=" + folder.resolve("none")), LIMIT), warnings::add);
        driver.delete(LIMIT);
        assertThat(warnings).singleElement().asString().startsWith("unit p-web.scope may be left: failed to connect to dbus");
        appears("cg");
        write(cgroup("cg").resolve("cgroup.procs"), "42\n");
        assertThatThrownBy(() -> driver.delete(LIMIT)).isInstanceOf(HostException.class).hasMessageContaining("failed to connect to dbus");
    }
}
