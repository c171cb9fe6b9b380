package io.jrunc.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;
import io.jrunc.spec.Resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The training run's hierarchies are ordinary directories, and drivers go all the way on them. */
class RehearsalTest
{
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private CgroupLayout layout(CgroupLayout.Kind kind, boolean unified, String... hierarchies) throws IOException
    {
        List<CgroupMount> mounts = new ArrayList<>();
        for (String name : hierarchies) {
            mounts.add(new CgroupMount(Files.createDirectories(folder.resolve(name)), "/", false, List.of(name)));
        }
        if (unified) {
            mounts.add(new CgroupMount(Files.createDirectories(folder.resolve("unified")), "/", true, List.of()));
        }
        return new CgroupLayout(kind, mounts);
    }

    private static CgroupDriver driver(CgroupLayout layout) throws IOException
    {
        Rehearsal.begin(layout);
        return CgroupDriver.of(layout, CgroupPaths.of(layout, Optional.of("/some/where"), "example", Map.of()), Tolerance.STRICT);
    }

    @Test
    void version1KeepsDeviceRulesAndLetsGoOfWhatWasMade() throws IOException
    {
        CgroupLayout layout = layout(CgroupLayout.Kind.HYBRID, true, "devices", "freezer", "cpuset", "pids");
        CgroupDriver driver = driver(layout);
        Resources resources = ResourcesBuilder.resources().device(false, "a", -1, -1, "rwm").build();
        driver.checkUnused();
        driver.create(resources, path -> { });
        driver.apply(resources);
        driver.join(1);
        assertThat(folder.resolve("devices/some/where/devices.list")).content().contains("c 1:3 rwm").doesNotContain("a *:*");
        assertThat(folder.resolve("pids/some/where/cgroup.procs")).isEmptyFile();
        assertThat(driver.pids(true)).isEmpty();
        driver.delete(LIMIT);
        assertThat(folder.resolve("devices/some/where")).doesNotExist();
        assertThat(folder.resolve("unified/some/where")).doesNotExist();
    }

    @Test
    void version2IsFrozenAndLetsGoOfWhatWasMade() throws IOException
    {
        CgroupDriver driver = driver(layout(CgroupLayout.Kind.V2, true));
        driver.checkUnused();
        driver.create(ResourcesBuilder.resources().build(), path -> { });
        driver.join(1);
        driver.freeze(LIMIT);
        assertThat(driver.isFrozen()).isTrue();
        driver.thaw();
        assertThat(driver.isFrozen()).isFalse();
        driver.delete(LIMIT);
        assertThat(folder.resolve("unified/some/where")).doesNotExist();
    }
}
