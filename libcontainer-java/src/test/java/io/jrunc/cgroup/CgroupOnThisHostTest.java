package io.jrunc.cgroup;

import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.error.StateException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.os.Fd;
import io.jrunc.os.ProcessCalls;
import io.jrunc.spec.Resources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The drivers on the cgroups of the machine that builds, whichever version it has. Needs root; leaves nothing. */
class CgroupOnThisHostTest
{
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    private final List<Process> processes = new ArrayList<>();
    private CgroupLayout layout;
    private CgroupPaths paths;
    private CgroupDriver driver;

    @BeforeEach
    void prepare() throws IOException
    {
        assumeTrue(ProcessCalls.effectiveUid() == 0, "needs root");
        layout = CgroupLayout.parse(Files.readString(Path.of("/proc/self/mountinfo")));
        assumeTrue(layout.kind() != CgroupLayout.Kind.NONE, "needs a mounted cgroup hierarchy");
        assumeTrue(Files.isWritable(layout.mounts().getFirst().path()), "needs a writable cgroup hierarchy");
        paths = CgroupPaths.of(layout, Optional.of("/jrunc-cgtest-" + ProcessHandle.current().pid() + "/web"), "web", Map.of());
        driver = CgroupDriver.of(layout, paths, Tolerance.STRICT);
    }

    @AfterEach
    void leaveNothing() throws Exception
    {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        if (driver != null) {
            driver.delete(SOON);
            for (CgroupPaths.Place place : paths.places().values()) {
                Files.deleteIfExists(place.path().getParent());
                assertThat(place.path()).doesNotExist();
            }
        }
    }

    @Test
    void aContainersCgroupFromTheCradleToTheGrave() throws Exception
    {
        List<Path> intended = new ArrayList<>();
        driver.checkUnused();
        driver.create(Resources.NONE, intended::add);

        assertThat(driver.exists()).isTrue();
        assertThat(intended).containsAll(driver.made());
        assertThat(driver.made()).hasSize(2 * (int) paths.places().values().stream().map(CgroupPaths.Place::path).distinct().count());

        Process process = sleeper();
        driver.apply(Resources.NONE);
        driver.join((int) process.pid());
        assertThat(driver.pids(true)).containsExactly((int) process.pid());
        String membership = Files.readString(Path.of("/proc/" + process.pid() + "/cgroup"));
        assertThat(CgroupLayout.parseMembership(membership)).allSatisfy((controller, path) -> {
            if (paths.places().containsKey(controller)) {
                assertThat(path).endsWith("/web");
            }
        });

        CgroupDriver again = CgroupDriver.load(layout, driver.paths(), Tolerance.STRICT);
        assertThat(again.pids(false)).containsExactly((int) process.pid());
        assertThatThrownBy(again::checkUnused).isInstanceOf(StateException.class).hasMessage("container's cgroup is not empty: 1 process(es) found");
        assertThatThrownBy(() -> again.delete(Duration.ofMillis(20)))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("1 process(es) still inside after 20 ms");

        again.signalAll(SIGTERM);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        again.delete(SOON);
        assertThat(again.exists()).isFalse();
        again.delete(SOON);
    }

    @Test
    void aFailedCreateIsUndone()
    {
        driver.create(Resources.NONE, path -> { });
        List<Path> made = driver.made();

        driver.undoCreate();

        assertThat(made).isNotEmpty().allSatisfy(path -> assertThat(path).doesNotExist());
    }

    @Test
    void aFrozenContainerCanBeKilled() throws Exception
    {
        driver.create(Resources.NONE, path -> { });
        Process process = sleeper();
        driver.join((int) process.pid());

        driver.freeze(SOON);
        assertThat(driver.isFrozen()).isTrue();
        assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/status"))).containsPattern("State:\\s+[DS]");
        driver.thaw();
        assertThat(driver.isFrozen()).isFalse();

        driver.freeze(SOON);
        driver.signalAll(SIGKILL);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(driver.pids(true)).isEmpty();
    }

    /** As when a container dies while somebody asks for its status. */
    @Test
    void aCgroupThatHasGoneIsNotFrozen()
    {
        driver.create(Resources.NONE, path -> { });
        driver.freeze(SOON);
        assertThat(driver.isFrozen()).isTrue();
        driver.thaw();
        driver.delete(SOON);
        assertThat(driver.isFrozen()).isFalse();
    }

    @Test
    void aCgroupBelowAFrozenOneIsNotItselfFrozen() throws IOException
    {
        driver.create(Resources.NONE, path -> { });
        Path below = (paths.unifiedOnly() ? paths.unified() : paths.places().get("freezer")).path();
        Path wish = below.resolveSibling(paths.unifiedOnly() ? "cgroup.freeze" : "freezer.state");
        Files.writeString(wish, paths.unifiedOnly() ? "1" : "FROZEN");
        try {
            if (!paths.unifiedOnly()) {
                assertThat(below.resolve("freezer.state")).hasContent("FROZEN");
            }
            assertThat(driver.isFrozen()).isFalse();
            driver.checkUnused();
        }
        finally {
            Files.writeString(wish, paths.unifiedOnly() ? "0" : "THAWED");
        }
    }

    /** The kernel says EINVAL of a process that is just being made; of its own threads it does not stop saying it. */
    @Test
    void joiningIsTriedFiveTimesWhereTheKernelSaysEinval() throws IOException
    {
        assumeTrue(Files.readString(Path.of("/proc/2/comm")).equals("kthreadd\n"), "needs a thread of the kernel");
        driver.create(Resources.NONE, path -> { });
        long before = System.nanoTime();
        assertThatThrownBy(() -> driver.join(2)).isInstanceOf(HostException.class).hasMessageContaining("error adding pid 2 to cgroups: ").hasMessageContaining("invalid argument");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(Duration.ofMillis(4 * 30), SOON);
    }

    @Test
    void aFrozenEmptyCgroupIsNotForANewContainer()
    {
        driver.create(Resources.NONE, path -> { });
        driver.freeze(SOON);

        assertThatThrownBy(driver::checkUnused).isInstanceOf(StateException.class).hasMessage("container's cgroup unexpectedly frozen");
        driver.thaw();
        driver.checkUnused();
    }

    @Test
    void nestedCgroupsAreCountedKilledAndRemoved() throws Exception
    {
        driver.create(Resources.NONE, path -> { });
        for (CgroupPaths.Place place : paths.places().values()) {
            Files.createDirectories(place.path().resolve("inner/most"));
            for (String name : List.of("cpuset.cpus", "cpuset.mems")) {
                Path parent = place.path().resolve(name);
                if (!paths.unifiedOnly() && Files.exists(parent)) {
                    Files.writeString(place.path().resolve("inner").resolve(name), Files.readString(parent));
                    Files.writeString(place.path().resolve("inner/most").resolve(name), Files.readString(parent));
                }
            }
        }
        Process deep = sleeper();
        driver.join((int) deep.pid(), SubCgroups.of(List.of("inner/most")), OptionalInt.empty());

        assertThat(driver.pids(false)).isEmpty();
        assertThat(driver.pids(true)).containsExactly((int) deep.pid());
        assertThatThrownBy(() -> driver.join((int) deep.pid(), SubCgroups.of(List.of("absent")), OptionalInt.empty()))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("error adding pid " + deep.pid() + " to cgroups: failed to write").hasMessageContaining("no such file or directory");
        driver.signalAll(SIGKILL);
        assertThat(deep.waitFor(60, TimeUnit.SECONDS)).isTrue();
        driver.delete(SOON);
    }

    @Test
    void aDeviceThatIsNotAllowedCannotBeOpened() throws Exception
    {
        driver.create(Resources.NONE, path -> { });
        driver.apply(resources().device(false, "a", -1, -1, "rwm").device(true, "c", 1, 11, "w").build());

        Process process = shell("read go; head -c 1 /dev/zero | wc -c; (: < /dev/kmsg) 2>/dev/null && echo kmsg readable; (: >> /dev/kmsg) && echo kmsg writable; echo done");
        driver.join((int) process.pid());
        process.getOutputStream().write('\n');
        process.getOutputStream().close();

        assertThat(new String(process.getInputStream().readAllBytes()).lines().map(String::strip)).containsExactly("1", "kmsg writable", "done");
    }

    @Test
    void newDeviceRulesReplaceTheOldOnes() throws Exception
    {
        driver.create(Resources.NONE, path -> { });
        CgroupDriver later = CgroupDriver.load(layout, driver.paths(), Tolerance.STRICT);
        driver.apply(Resources.NONE);
        Process process = shell("while read go; do (: < /dev/kmsg) 2>/dev/null && echo yes || echo no; done");
        driver.join((int) process.pid());

        assertThat(answer(process)).isEqualTo("no");
        later.apply(resources().device(true, "c", 1, 11, "r").build());
        assertThat(answer(process)).isEqualTo("yes");
        later.update(Resources.NONE);
        assertThat(answer(process)).isEqualTo("yes");
        later.apply(resources().device(true, "a", -1, -1, "rwm").device(false, "c", 1, 11, "r").build());
        assertThat(answer(process)).isEqualTo("no");
        later.apply(Resources.NONE);
        assertThat(answer(process)).isEqualTo("no");
    }

    @Test
    void limitsReachTheKernel() throws Exception
    {
        driver.create(Resources.NONE, path -> { });
        if (has("pids")) {
            driver.apply(resources().with("pids.limit", 0).build());
            assertThat(file("pids", "pids.max")).isEqualTo("1");
            assertThat(driver.stats().pids().limit()).isEqualTo(1);
        }
        if (has("memory") && !paths.unifiedOnly()) {
            for (long[] step : new long[][] {{64, 128}, {256, 512}, {16, 32}, {-1, 0}, {8, 8}}) {
                driver.apply(resources().with("memory.limit", step[0] < 0 ? -1 : step[0] << 20).with("memory.swap", step[1] << 20).build());
                assertThat(file("memory", "memory.limit_in_bytes")).isEqualTo(step[0] < 0 ? "9223372036854771712" : Long.toString(step[0] << 20));
            }
            assertThat(file("memory", "memory.memsw.limit_in_bytes")).isEqualTo(Long.toString(8 << 20));
        }
        if (has("cpu") && !paths.unifiedOnly()) {
            driver.apply(resources().with("cpu.quota", 50_000).with("cpu.period", 100_000).with("cpu.burst", 20_000).with("cpu.shares", 512).build());
            driver.apply(resources().with("cpu.quota", 5_000).with("cpu.period", 10_000).with("cpu.burst", 1_000).build());
            assertThat(file("cpu", "cpu.cfs_quota_us")).isEqualTo("5000");
            assertThat(file("cpu", "cpu.cfs_period_us")).isEqualTo("10000");
            assertThat(file("cpu", "cpu.shares")).isEqualTo("512");
        }
        if (has("cpuset") && !paths.unifiedOnly()) {
            driver.apply(resources().with("cpu.cpus", "0").build());
            assertThat(driver.stats().cpuset().cpus()).containsExactly(0);
            assertThat(driver.stats().cpuset().mems()).isNotEmpty();
        }
    }

    @Test
    void whatTheKernelRefusesIsToldWithItsData() throws Exception
    {
        driver.create(Resources.NONE, path -> { });
        if (has("cpuset") && !paths.unifiedOnly()) {
            assertThatThrownBy(() -> driver.apply(resources().with("cpu.cpus", "9999").build()))
                    .isInstanceOf(HostException.class)
                    .hasMessageStartingWith("failed to write \"9999\" to " + paths.places().get("cpuset").path() + "/cpuset.cpus: ");
        }
        if (!paths.unifiedOnly()) {
            assertThatThrownBy(() -> driver.apply(resources().unified("memory.high", "1").build()))
                    .isInstanceOf(SpecException.class)
                    .hasMessage("linux.resources.unified: invalid configuration: cannot use unified on cgroup v1");
            assumeTrue(!paths.places().containsKey("rdma"), "needs a host without the v1 rdma controller");
            assertThatThrownBy(() -> driver.apply(resources().rdma("x", OptionalLong.of(1), OptionalLong.empty()).build()))
                    .isInstanceOf(HostException.class)
                    .hasMessage("cannot set rdma limit: container could not join or create cgroup");
        }
        else {
            assertThatThrownBy(() -> driver.apply(resources().unified("nosuch.limit", "1").build()))
                    .isInstanceOf(HostException.class)
                    .hasMessage("unified resource \"nosuch.limit\" can't be set: controller \"nosuch\" not available");
        }
    }

    @Test
    void whereThereIsAV2HierarchyADescriptorLeadsIntoTheCgroup()
    {
        driver.create(Resources.NONE, path -> { });

        Optional<Fd> directory = driver.directoryForClone();
        directory.ifPresent(Fd::close);

        assertThat(directory.isPresent()).isEqualTo(paths.places().containsKey(""));
    }

    @Test
    void theDirectoryForACloneIsMadeAheadOfTheOthers()
    {
        Optional<Fd> directory = driver.createForClone(Resources.NONE, path -> { });
        directory.ifPresent(Fd::close);

        assertThat(directory.isPresent()).isEqualTo(paths.places().containsKey(""));
        assertThat(driver.exists()).isEqualTo(paths.unifiedOnly());
        driver.create(Resources.NONE, path -> { });
        assertThat(driver.exists()).isTrue();
    }

    @Test
    void aProcessCanJoinEachV1HierarchyByAFile()
    {
        driver.create(Resources.NONE, path -> { });

        List<CgroupDriver.Tasks> files = driver.tasks();
        files.forEach(tasks -> tasks.file().close());

        assertThat(files).hasSize((int) paths.places().entrySet().stream().filter(place -> !place.getKey().isEmpty()).map(Map.Entry::getValue).distinct().count());
        assertThat(files).noneMatch(CgroupDriver.Tasks::excused);
    }

    @Test
    void onlyAnEmptyCgroupIsRemovedWithoutSignals() throws IOException
    {
        driver.create(Resources.NONE, path -> { });
        driver.join((int) sleeper().pid());

        assertThat(driver.deleteIfEmpty()).isFalse();
        assertThat(driver.exists()).isTrue();

        driver.signalAll(SIGKILL);
        driver.delete(SOON);
        assertThat(driver.exists()).isFalse();
        assertThat(driver.deleteIfEmpty()).isTrue();
    }

    @Test
    void onV2TheCgroupCanBeGivenToAUser() throws Exception
    {
        assumeTrue(paths.unifiedOnly(), "needs pure cgroup v2");
        driver.create(Resources.NONE, path -> { });

        driver.giveTo(4242);

        assertThat(Files.getAttribute(paths.unified().path(), "unix:uid")).isEqualTo(4242);
        assertThat(Files.getAttribute(paths.unified().path().resolve("cgroup.procs"), "unix:uid")).isEqualTo(4242);
        assertThat(Files.getAttribute(paths.unified().path().resolve("cgroup.freeze"), "unix:uid")).isEqualTo(0);
    }

    @Test
    void onV2AnExecJoinsInitWhereTheContainerMadeItsCgroupAnInnerNode() throws Exception
    {
        assumeTrue(paths.unifiedOnly() && Files.readString(layout.mounts().getFirst().path().resolve("cgroup.controllers")).contains("hugetlb"), "needs pure cgroup v2 with hugetlb");
        driver.create(Resources.NONE, path -> { });
        Process init = sleeper();
        Path inner = Files.createDirectory(paths.unified().path().resolve("inner"));
        driver.join((int) init.pid(), SubCgroups.of(List.of("inner")), OptionalInt.empty());
        Files.writeString(paths.unified().path().resolve("cgroup.subtree_control"), "+hugetlb");
        Process exec = sleeper();

        assertThatThrownBy(() -> driver.join((int) exec.pid()))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("error adding pid " + exec.pid() + " to cgroups").hasMessageContaining("device or resource busy");
        assertThatThrownBy(() -> driver.join((int) exec.pid(), SubCgroups.of(List.of("/")), OptionalInt.of((int) init.pid())))
                .isInstanceOf(HostException.class);
        driver.join((int) exec.pid(), SubCgroups.NONE, OptionalInt.of((int) init.pid()));

        assertThat(Files.readString(inner.resolve("cgroup.procs")).lines()).contains(Long.toString(exec.pid()));
    }

    @Test
    void onV2AThreadedParentCannotHoldDomainControllers() throws Exception
    {
        assumeTrue(paths.unifiedOnly(), "needs pure cgroup v2");
        Path parent = Files.createDirectory(paths.unified().path().getParent());
        Files.writeString(parent.resolve("cgroup.type"), "threaded");

        assertThatThrownBy(() -> driver.create(resources().with("memory.limit", 1 << 20).build(), path -> { }))
                .isInstanceOf(HostException.class)
                .hasMessage("cannot enter cgroupv2 \"" + parent + "\" with domain controllers -- it is in threaded mode");

        assertThat(paths.unified().path()).doesNotExist();
        driver.create(Resources.NONE, path -> { });
        assertThat(file("", "cgroup.type")).isEqualTo("threaded");
    }

    private boolean has(String controller)
    {
        return paths.unifiedOnly() ? Files.exists(paths.unified().path().resolve(controller + ".max")) : paths.places().containsKey(controller);
    }

    private String file(String controller, String name) throws IOException
    {
        return Files.readString((paths.unifiedOnly() ? paths.unified() : paths.places().get(controller)).path().resolve(name)).strip();
    }

    private Process sleeper() throws IOException
    {
        Process process = new ProcessBuilder("sleep", "1000").start();
        processes.add(process);
        return process;
    }

    private Process shell(String script) throws IOException
    {
        Process process = new ProcessBuilder("sh", "-c", script).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        processes.add(process);
        return process;
    }

    private static String answer(Process process) throws IOException
    {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        StringBuilder line = new StringBuilder();
        for (int c = process.getInputStream().read(); c > 0 && c != '\n'; c = process.getInputStream().read()) {
            line.append((char) c);
        }
        return line.toString();
    }
}
