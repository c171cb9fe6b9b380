package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupPaths.Place;
import io.jrunc.error.HostException;
import io.jrunc.os.ProcessCalls;
import io.jrunc.spec.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** sysfs stands in for a cgroup without permission: nobody, root included, can make a directory there. */
class ToleranceTest
{
    private static final Path FORBIDDEN = Path.of("/sys/kernel");
    private static final Tolerance ROOTLESS = new Tolerance(true, false, false);
    private static final Tolerance ROOTLESS_WITH_PATH = new Tolerance(true, true, false);

    @Test
    void rootlessWithoutLimitsRunsWithoutACgroupOfItsOwn()
    {
        CgroupDriver driver = v2(FORBIDDEN, ROOTLESS);

        driver.create(Resources.NONE, path -> { });
        driver.apply(Resources.NONE);
        driver.join(1);

        assertThat(driver.exists()).isFalse();
        assertThat(driver.made()).isEmpty();
        assertThat(driver.directoryForClone()).isEmpty();
        assertThat(driver.pids(true)).isEmpty();
        driver.delete(Duration.ZERO);
    }

    @Test
    void aNamedPathOrARealRootGetsTheErrorItself()
    {
        // Root is told that sysfs has no mkdir, others that they may not write there.
        String refusal = ProcessCalls.effectiveUid() == 0 ? "operation not permitted" : "permission denied";
        for (Tolerance tolerance : List.of(ROOTLESS_WITH_PATH, Tolerance.STRICT)) {
            assertThatThrownBy(() -> v2(FORBIDDEN, tolerance).create(Resources.NONE, path -> { }))
                    .isInstanceOf(HostException.class)
                    .hasMessage("cannot create cgroup " + FORBIDDEN + "/web: mkdirat web: " + refusal);
            assertThatThrownBy(() -> v1(FORBIDDEN, tolerance).create(Resources.NONE, path -> { }))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining(refusal);
        }
    }

    @Test
    void onV1AMissingCgroupIsMissedWhenALimitNeedsIt()
    {
        CgroupDriver driver = v1(FORBIDDEN, ROOTLESS);

        driver.create(Resources.NONE, path -> { });
        driver.apply(Resources.NONE);

        assertThat(driver.exists()).isFalse();
        assertThat(driver.paths()).isEmpty();
        assertThatThrownBy(() -> driver.apply(resources().with("pids.limit", 5).build()))
                .isInstanceOf(HostException.class)
                .hasMessage("cannot set pids limit: container could not join or create cgroup");
    }

    @Test
    void onV2LimitsWithoutPermissionAreAnError(@TempDir Path folder) throws Exception
    {
        assumeTrue(ProcessCalls.effectiveUid() != 0, "needs a user who is not root");
        Files.writeString(folder.resolve("cgroup.controllers"), "cpu memory pids\n");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));

        assertThatThrownBy(() -> v2(folder, ROOTLESS).create(resources().with("pids.limit", 5).build(), path -> { }))
                .isInstanceOf(HostException.class)
                .hasMessage("rootless needs no limits + no cgrouppath when no permission is granted for cgroups: mkdirat web: permission denied");
        v2(folder, ROOTLESS).create(resources().hugepages("2MB", 5).build(), path -> { });
    }

    private static CgroupDriver v2(Path mount, Tolerance tolerance)
    {
        return new V2Driver(CgroupRoots.unchecked(List.of(mount)), new CgroupPaths(Map.of("", new Place(mount, "web"))), tolerance);
    }

    private static CgroupDriver v1(Path mount, Tolerance tolerance)
    {
        Map<String, Place> places = new LinkedHashMap<>();
        places.put("devices", new Place(mount, "web"));
        places.put("pids", new Place(mount, "web"));
        return new V1Driver(CgroupRoots.unchecked(List.of(mount)), new CgroupPaths(places), tolerance);
    }
}
