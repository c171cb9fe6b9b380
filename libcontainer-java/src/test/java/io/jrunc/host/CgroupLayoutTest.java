package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.host.CgroupLayout.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CgroupLayoutTest
{
    private static final String V2 = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            31 22 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
            """;

    private static final String V1 = """
            31 22 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
            33 31 0:28 / /sys/fs/cgroup/systemd rw,nosuid shared:11 - cgroup cgroup rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd
            37 31 0:32 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:15 - cgroup cgroup rw,seclabel,cpu,cpuacct
            38 31 0:33 / /sys/fs/cgroup/cpuset rw,nosuid shared:16 - cgroup cgroup rw,cpuset,clone_children,noprefix,cpuset_v2_mode
            39 31 0:34 / /sys/fs/cgroup/devices rw,nosuid shared:17 - cgroup cgroup rw,devices
            """;

    private static final String HYBRID = V1 + """
            32 31 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup rw,nsdelegate
            """;

    @Test
    void aUnifiedHost()
    {
        assertThat(CgroupLayout.parse(V2)).isEqualTo(new CgroupLayout(Kind.V2, List.of(new CgroupMount(Path.of("/sys/fs/cgroup"), "/", true, List.of()))));
    }

    @Test
    void aV1HostHasControllersAndNamesButNoMountOptionsAmongThem()
    {
        CgroupLayout layout = CgroupLayout.parse(V1);
        assertThat(layout.kind()).isEqualTo(Kind.V1);
        assertThat(layout.mounts()).extracting(CgroupMount::controllers)
                .containsExactly(List.of("name=systemd"), List.of("cpu", "cpuacct"), List.of("cpuset"), List.of("devices"));
        assertThat(layout.mounts().get(1).path()).isEqualTo(Path.of("/sys/fs/cgroup/cpu,cpuacct"));
    }

    @Test
    void aHybridHostHasAUnifiedMountBesideTheControllers()
    {
        CgroupLayout layout = CgroupLayout.parse(HYBRID);
        assertThat(layout.kind()).isEqualTo(Kind.HYBRID);
        assertThat(layout.mounts().stream().filter(CgroupMount::unified)).extracting(CgroupMount::path).containsExactly(Path.of("/sys/fs/cgroup/unified"));
    }

    @Test
    void aHostWithoutCgroupsHasNone()
    {
        assertThat(CgroupLayout.parse("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")).isEqualTo(new CgroupLayout(Kind.NONE, List.of()));
    }

    @Test
    void whatProgramsMountForThemselvesDoesNotMakeAUnifiedHostHybrid()
    {
        CgroupLayout layout = CgroupLayout.parse(V2 + "90 22 0:60 / /run/own rw - cgroup cgroup rw,name=own\n");
        assertThat(layout.kind()).isEqualTo(Kind.V2);
        assertThat(layout.mounts()).hasSize(1);
    }

    @Test
    void theHostsOwnPlaceWinsOverThatOfARunningContainerWhateverTheOrder()
    {
        String container = """
                80 79 0:34 /docker/1 /var/lib/x/merged/sys/fs/cgroup/devices ro - cgroup cgroup rw,devices
                """;
        assertThat(CgroupLayout.parse(container + V1).mounts().stream().filter(mount -> mount.controllers().contains("devices")))
                .containsExactly(new CgroupMount(Path.of("/sys/fs/cgroup/devices"), "/", false, List.of("devices")));
        assertThat(CgroupLayout.parse(V1 + container).mounts()).hasSize(4);
    }

    @Test
    void theLaterOfTwoMountsInOnePlaceHidesTheOther()
    {
        CgroupLayout layout = CgroupLayout.parse(V2 + "95 31 0:27 /part /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        assertThat(layout.mounts()).extracting(CgroupMount::root).containsExactly("/part");
    }

    @Test
    void blanksInPathsAreUnescaped()
    {
        assertThat(CgroupLayout.parse("31 22 0:27 /a\\040b /mnt/c\\134d\\011 rw - cgroup2 cgroup2 rw\n").mounts())
                .containsExactly(new CgroupMount(Path.of("/mnt/c\\d\t"), "/a b", true, List.of()));
    }

    @Test
    void membershipIsByController()
    {
        assertThat(CgroupLayout.parseMembership("12:cpu,cpuacct:/user.slice\n1:name=systemd:/init:scope\n0::/user.slice/x\n")).isEqualTo(Map.of(
                "cpu", "/user.slice", "cpuacct", "/user.slice", "name=systemd", "/init:scope", "", "/user.slice/x"));
    }
}
