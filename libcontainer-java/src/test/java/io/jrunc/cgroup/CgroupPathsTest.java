package io.jrunc.cgroup;

import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CgroupPathsTest
{
    private static final CgroupLayout V2 = new CgroupLayout(CgroupLayout.Kind.V2, List.of(new CgroupMount(Path.of("/sys/fs/cgroup"), "/", true, List.of())));

    private static final CgroupLayout HYBRID = new CgroupLayout(CgroupLayout.Kind.HYBRID, List.of(
            v1("cpu,cpuacct", "/", "cpu", "cpuacct"),
            v1("devices", "/", "devices"),
            v1("memory", "/docker/abc", "memory"),
            v1("systemd", "/", "name=systemd"),
            v1("elogind", "/", "name=elogind"),
            new CgroupMount(Path.of("/sys/fs/cgroup/unified"), "/", true, List.of())));

    private static final Map<String, String> CALLER = Map.of(
            "", "/user/session",
            "cpu", "/user",
            "devices", "/",
            "memory", "/docker/abc/deep",
            "name=systemd", "/user.slice/s.scope");

    @ParameterizedTest
    @CsvSource({
            "/a/b, /sys/fs/cgroup/a/b",
            "a/b, /sys/fs/cgroup/user/a/b",
            ", /sys/fs/cgroup/user/web",
            "/../../etc, /sys/fs/cgroup/etc",
            "../../etc, /sys/fs/cgroup/user/etc",
            "/a//./b/../c/, /sys/fs/cgroup/a/c",
    })
    void v2(String cgroupsPath, Path expected)
    {
        CgroupPaths paths = CgroupPaths.of(V2, Optional.ofNullable(cgroupsPath), "web", CALLER);

        assertThat(paths.unifiedOnly()).isTrue();
        assertThat(paths.unified().path()).isEqualTo(expected);
    }

    @Test
    void aCallerInTheRootOfV2HasNoParentToStandBeside()
    {
        assertThat(CgroupPaths.of(V2, Optional.empty(), "web", Map.of("", "/")).unified().path()).isEqualTo(Path.of("/sys/fs/cgroup/web"));
    }

    @Test
    void v1IsBelowTheCallersOwnCgroupInEachHierarchy()
    {
        CgroupPaths paths = CgroupPaths.of(HYBRID, Optional.of("pod/web"), "web", CALLER);

        assertThat(paths.unifiedOnly()).isFalse();
        assertThat(paths.places().entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue().path())).containsExactly(
                "devices /sys/fs/cgroup/devices/pod/web",
                "memory /sys/fs/cgroup/memory/deep/pod/web",
                "cpu /sys/fs/cgroup/cpu,cpuacct/user/pod/web",
                "cpuacct /sys/fs/cgroup/cpu,cpuacct/pod/web",
                "name=systemd /sys/fs/cgroup/systemd/user.slice/s.scope/pod/web",
                " /sys/fs/cgroup/unified/user/session/pod/web");
    }

    @Test
    void aContainerIsInEveryHierarchyThatThereCanBe()
    {
        List<String> controllers = List.of("cpuset", "devices", "memory", "cpu", "cpuacct", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "perf_event", "freezer", "rdma", "misc",
                "name=systemd");
        String mounts = controllers.stream().map(each -> "31 25 0:26 / /sys/fs/cgroup/" + each + " rw,nosuid shared:9 - cgroup cgroup rw," + each + "\n").collect(Collectors.joining());

        CgroupPaths paths = CgroupPaths.of(CgroupLayout.parse(mounts), Optional.of("/pod"), "web", Map.of());

        assertThat(paths.places().keySet()).containsExactlyInAnyOrderElementsOf(controllers);
        assertThat(paths.places()).allSatisfy((controller, place) -> assertThat(place.path()).isEqualTo(Path.of("/sys/fs/cgroup/" + controller + "/pod")));
    }

    @Test
    void anAbsolutePathOnV1CountsFromEachMount()
    {
        assertThat(CgroupPaths.of(HYBRID, Optional.of("/pod"), "web", CALLER).places().values()).allMatch(place -> place.relative().equals("pod"));
    }

    @ParameterizedTest
    @CsvSource({"/", "/..", "."})
    void theRootItselfIsNoPlaceForAContainer(String cgroupsPath)
    {
        assertThatThrownBy(() -> CgroupPaths.of(V2, Optional.of(cgroupsPath), "web", CALLER))
                .isInstanceOf(SpecException.class)
                .hasMessage("linux.cgroupsPath: \"" + cgroupsPath + "\" is the root of the cgroup tree, which no container can have");
    }

    @Test
    void withoutTheDevicesControllerThereIsNoContainer()
    {
        CgroupLayout layout = new CgroupLayout(CgroupLayout.Kind.V1, List.of(v1("memory", "/", "memory")));

        assertThatThrownBy(() -> CgroupPaths.of(layout, Optional.empty(), "web", CALLER))
                .isInstanceOf(HostException.class)
                .hasMessageStartingWith("mountpoint for devices not found");
    }

    @Test
    void savedPathsAreFoundAgain()
    {
        CgroupPaths paths = CgroupPaths.of(HYBRID, Optional.of("/pod/web"), "web", CALLER);
        Map<String, String> saved = new LinkedHashMap<>();
        paths.places().forEach((controller, place) -> saved.put(controller, place.path().toString()));

        assertThat(CgroupPaths.saved(HYBRID, saved)).isEqualTo(paths);
        assertThatThrownBy(() -> CgroupPaths.saved(V2, Map.of("devices", "/elsewhere/pod")))
                .isInstanceOf(HostException.class)
                .hasMessage("the cgroup /elsewhere/pod of this container is below no cgroup mount");
    }

    private static CgroupMount v1(String name, String root, String... controllers)
    {
        return new CgroupMount(Path.of("/sys/fs/cgroup", name), root, false, List.of(controllers));
    }
}
