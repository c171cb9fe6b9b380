package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupPaths.Place;
import io.jrunc.cgroup.device.CgroupDeviceRule;
import io.jrunc.cgroup.device.DeviceFilter;
import io.jrunc.cgroup.device.DeviceFilterLoader;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.error.HostException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;
import io.jrunc.os.BpfCalls;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The driver for version 2 in a real hierarchy, also where the machine has most controllers in version 1. Needs root; leaves nothing. */
class V2OnThisHostTest
{
    private static final int CGROUP_DEVICE = 6;

    private Path root;
    private Path top;

    @BeforeEach
    void prepare() throws IOException
    {
        assumeTrue(ProcessCalls.effectiveUid() == 0, "needs root");
        CgroupLayout layout = CgroupLayout.parse(Files.readString(Path.of("/proc/self/mountinfo")));
        root = layout.mounts().stream().filter(CgroupMount::unified).map(CgroupMount::path).findFirst().orElse(Path.of("/nonexistent"));
        assumeTrue(Files.isWritable(root), "needs a writable cgroup v2 hierarchy");
        top = Files.createDirectory(root.resolve("jrunc-v2test-" + ProcessHandle.current().pid()));
    }

    @AfterEach
    void leaveNothing() throws IOException
    {
        if (top != null) {
            try (Stream<Path> tree = Files.walk(top)) {
                for (Path folder : tree.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(folder);
                }
            }
        }
    }

    private Path path(String below)
    {
        return top.resolve(below);
    }

    private CgroupDriver driver(String below)
    {
        return new V2Driver(CgroupRoots.unchecked(List.of(root)), new CgroupPaths(Map.of("", new Place(root, root.relativize(path(below)).toString()))), Tolerance.STRICT);
    }

    private String text(String file) throws IOException
    {
        return Files.readString(path(file)).strip();
    }

    @Test
    void everyControllerReachesTheContainer() throws IOException
    {
        String all = Files.readString(root.resolve("cgroup.controllers")).strip();
        assumeTrue(!all.isEmpty(), "needs a controller that is not used in a version 1 hierarchy");
        CgroupDriver driver = driver("a/b/web");
        driver.create(Resources.NONE, path -> { });
        for (String above : List.of("", "a", "a/b")) {
            assertThat(text(above.isEmpty() ? "cgroup.subtree_control" : above + "/cgroup.subtree_control")).as(above).isEqualTo(all);
        }
        assertThat(text("a/b/web/cgroup.controllers")).isEqualTo(all);
        assertThat(text("a/b/web/cgroup.subtree_control")).isEmpty();
    }

    /** A cgroup beside a threaded one is neither: it can hold a process only once it is threaded, too. */
    @Test
    void besideAThreadedCgroupThereAreNoDomainControllers() throws IOException
    {
        Files.createDirectory(path("threads"));
        Files.writeString(path("threads/cgroup.type"), "threaded");
        assertThatThrownBy(() -> driver("web").create(resources().hugepages("2MB", 4 << 20).build(), path -> { })).isInstanceOf(HostException.class)
                .hasMessage("cannot enter cgroupv2 \"" + top + "\" with domain controllers -- it is in domain threaded mode");
        assertThat(path("web")).doesNotExist();
        assertThatThrownBy(() -> driver("threads/web").create(resources().hugepages("2MB", 4 << 20).build(), path -> { })).isInstanceOf(HostException.class)
                .hasMessageContaining("with domain controllers -- it is in ");
        assertThat(path("threads/web")).doesNotExist();
        driver("web").create(Resources.NONE, path -> { });
        assertThat(text("web/cgroup.type")).isEqualTo("threaded");
    }

    /** As where a container's cgroup namespace begins in a group that has become a threaded one's parent. */
    @Test
    void anInvalidCgroupIsMadeThreadedWhereNothingSpeaksAgainstIt() throws IOException
    {
        Files.createDirectory(path("threads"));
        Files.writeString(path("threads/cgroup.type"), "threaded");
        CgroupDriver driver = new V2Driver(CgroupRoots.unchecked(List.of(top)), new CgroupPaths(Map.of("", new Place(top, "web"))), Tolerance.STRICT);
        assertThatThrownBy(() -> driver.create(resources().hugepages("2MB", 4 << 20).build(), path -> { })).isInstanceOf(HostException.class)
                .hasMessage("cannot enter cgroupv2 \"" + path("web") + "\" with domain controllers -- it is in an invalid state");
        assertThat(path("web")).doesNotExist();
        Files.createDirectory(path("web"));
        assertThat(text("web/cgroup.type")).isEqualTo("domain invalid");
        driver.create(Resources.NONE, path -> { });
        assertThat(text("web/cgroup.type")).isEqualTo("threaded");
    }

    /** As when another tool has added one: all must agree, so ours comes first and then the old ones go. */
    @Test
    void aNewDeviceProgramReplacesSeveral() throws IOException
    {
        CgroupDriver driver = driver("web");
        driver.create(Resources.NONE, path -> { });
        byte[] nothing = DeviceFilter.compile(DeviceRules.of(List.of()));
        byte[] all = DeviceFilter.compile(DeviceRules.of(List.of(CgroupDeviceRule.allow("a"))));
        CgroupDirectory directory = new CgroupDirectory(CgroupRoot.open(root), root.relativize(path("web")).toString());
        try (Fd cgroup = directory.open()) {
            DeviceFilterLoader.attach(cgroup, nothing, true);
            DeviceFilterLoader.attach(cgroup, all, true);
            assertThat(BpfCalls.attached(cgroup, CGROUP_DEVICE)).hasSize(2);
            int[] before = BpfCalls.attached(cgroup, CGROUP_DEVICE);
            DeviceFilterLoader.attach(cgroup, all, false);
            assertThat(BpfCalls.attached(cgroup, CGROUP_DEVICE)).hasSize(1).doesNotContain(before);
            int[] one = BpfCalls.attached(cgroup, CGROUP_DEVICE);
            DeviceFilterLoader.attach(cgroup, nothing, false);
            assertThat(BpfCalls.attached(cgroup, CGROUP_DEVICE)).hasSize(1).doesNotContain(one);
            int[] nothingIn = BpfCalls.attached(cgroup, CGROUP_DEVICE);
            DeviceFilterLoader.attach(cgroup, nothing, false);
            assertThat(BpfCalls.attached(cgroup, CGROUP_DEVICE)).as("the same in its own place").containsExactly(nothingIn);
        }
        driver.delete(Duration.ofSeconds(20));
    }
}
