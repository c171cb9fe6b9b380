package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupPaths.Place;
import io.jrunc.error.HostException;
import io.jrunc.spec.Resources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The drivers on ordinary directories, where files are there or missing as a test wants it. */
class FilesystemDriverTest
{
    private static final Tolerance ROOTLESS = new Tolerance(true, false, false);
    private static final Tolerance INSIDE = new Tolerance(false, true, true);
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    /** No process has it: the kernel's numbers end below. */
    private static final String NOBODY = "2147483646";

    @TempDir
    private Path folder;
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endAll() throws InterruptedException
    {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    private Process sleeper() throws IOException
    {
        Process process = new ProcessBuilder("sleep", "1000").start();
        processes.add(process);
        return process;
    }

    private FakeCgroup cgroup(String path)
    {
        return new FakeCgroup(folder.resolve(path));
    }

    private CgroupDriver v2(String path, Tolerance tolerance)
    {
        return new V2Driver(CgroupRoots.unchecked(List.of(folder)), new CgroupPaths(Map.of("", new Place(folder, path))), tolerance);
    }

    private CgroupDriver v1(Tolerance tolerance, String... controllers)
    {
        Map<String, Place> places = new LinkedHashMap<>();
        List<Path> roots = new ArrayList<>();
        for (String controller : controllers) {
            Path root = folder.resolve(controller.isEmpty() ? "unified" : controller);
            roots.add(root);
            places.put(controller, new Place(root, "web"));
        }
        return new V1Driver(CgroupRoots.unchecked(roots), new CgroupPaths(places), tolerance);
    }

    @Test
    void onV2ControllersAreEnabledInEveryCgroupAbove()
    {
        cgroup("").with("cgroup.controllers", "cpu memory pids").with("cgroup.subtree_control", "memory");
        cgroup("a").with("cgroup.subtree_control", "cpu memory pids");
        cgroup("a/b").with("cgroup.subtree_control");
        cgroup("a/b/refuses").with("cgroup.procs");

        v2("a/b/refuses/web", Tolerance.STRICT).create(Resources.NONE, path -> { });

        assertThat(cgroup("").text("cgroup.subtree_control")).as("what is missing, in one write").isEqualTo("+cpu +pids");
        assertThat(cgroup("a").text("cgroup.subtree_control")).as("nothing is missing").isEqualTo("cpu memory pids\n");
        assertThat(cgroup("a/b").text("cgroup.subtree_control")).isEqualTo("+cpu +memory +pids");
        assertThat(folder.resolve("a/b/refuses/web")).isDirectory();
    }

    @Test
    void aV2CgroupWithoutAFreezerCannotBeFrozenAndNeedNotBeThawed()
    {
        cgroup("web").with("cgroup.procs");
        CgroupDriver driver = v2("web", Tolerance.STRICT);
        assertThatThrownBy(() -> driver.freeze(Duration.ofSeconds(20))).isInstanceOf(HostException.class).hasMessageStartingWith("freezer not supported: ").hasMessageContaining("no such file or directory");
        driver.thaw();
        assertThat(driver.isFrozen()).isFalse();
    }

    @Test
    void aV1CgroupThatDoesNotFreezeIsThawedAgain()
    {
        FakeCgroup stubborn = cgroup("freezer/web").with("freezer.state", "......, it says, whatever is written");
        CgroupDriver driver = v1(Tolerance.STRICT, "freezer");
        assertThatThrownBy(() -> driver.freeze(Duration.ofMillis(20))).isInstanceOf(HostException.class).hasMessage("unable to freeze the cgroup " + folder.resolve("freezer/web") + " within 20 ms");
        assertThat(stubborn.text("freezer.state")).startsWith("THAWED");
    }

    @Test
    void wholeCgroupsAreKilledByTheirFile() throws IOException
    {
        Process inside = sleeper();
        String pid = Long.toString(inside.pid());
        cgroup("web").with("cgroup.kill").with("cgroup.procs", pid).with("cgroup.freeze", "0").with("cgroup.events", "frozen 1");
        v2("web", Tolerance.STRICT).signalAll(SIGKILL);
        assertThat(cgroup("web").text("cgroup.kill")).isEqualTo("1");
        assertThat(inside.isAlive()).as("here nobody reads the file").isTrue();

        cgroup("unified/web").with("cgroup.kill").with("cgroup.procs", pid);
        cgroup("devices/web").with("cgroup.procs");
        v1(Tolerance.STRICT, "devices", "").signalAll(SIGKILL);
        assertThat(cgroup("unified/web").text("cgroup.kill")).isEqualTo("1");
        assertThat(inside.isAlive()).isTrue();
    }

    /** As before Linux 5.14; and another signal than SIGKILL has no file. One that has gone meanwhile is no error. */
    @Test
    void withoutThatFileEachIsSignalledAndTheCgroupThawed() throws Exception
    {
        for (int signal : new int[] {SIGKILL, SIGTERM}) {
            Process first = sleeper();
            Process below = sleeper();
            cgroup("web").with("cgroup.procs", Long.toString(first.pid()), NOBODY).with("cgroup.freeze", "0").with("cgroup.events", "frozen 1");
            cgroup("web/below").with("cgroup.procs", Long.toString(below.pid()));
            v2("web", Tolerance.STRICT).signalAll(signal);
            assertThat(first.waitFor(20, TimeUnit.SECONDS) && below.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(first.exitValue()).isEqualTo(128 + signal);
            assertThat(cgroup("web").text("cgroup.freeze")).startsWith("0");
        }
        Process old = sleeper();
        cgroup("devices/web").with("cgroup.procs", NOBODY, Long.toString(old.pid()));
        cgroup("freezer/web").with("freezer.state", "THAWED");
        v1(Tolerance.STRICT, "devices", "freezer").signalAll(SIGKILL);
        assertThat(old.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(cgroup("freezer/web").text("freezer.state")).isEqualTo("THAWED\n");
    }

    /** Where it is no cgroup's, the kernel takes no device program for a directory. */
    @Test
    void aMissingDeviceProgramIsOnlyToleratedWhereItIsNotOursToAttach()
    {
        cgroup("").with("cgroup.controllers");
        cgroup("web").with("cgroup.procs");
        assertThatThrownBy(() -> v2("web", Tolerance.STRICT).apply(Resources.NONE)).isInstanceOf(HostException.class)
                .hasMessageStartingWith("cannot limit the devices of the cgroup " + folder.resolve("web") + ": bpf BPF_PROG_");
        v2("web", INSIDE).apply(Resources.NONE);
        v2("web", ROOTLESS).apply(Resources.NONE);
        v2("web", Tolerance.STRICT).apply(resources().device(true, "a", -1, -1, "rwm").build());
    }

    @Test
    void statisticsThatCannotBeReadAreNoneWithoutRoot() throws IOException
    {
        Files.createDirectories(folder.resolve("web/memory.stat"));
        cgroup("web").with("pids.current", "7").with("pids.max", "9");
        assertThatThrownBy(() -> v2("web", Tolerance.STRICT).stats()).isInstanceOf(HostException.class).hasMessageContaining("memory.stat");
        CgroupStats stats = v2("web", ROOTLESS).stats();
        assertThat(stats.memory()).isEqualTo(CgroupStats.Memory.NONE);
        assertThat(stats.pids()).isEqualTo(new CgroupStats.Pids(7, 9));
    }
}
