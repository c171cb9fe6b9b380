package io.jrunc.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.cgroup.device.CgroupDeviceRule;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.host.CgroupLayout;
import io.jrunc.os.ProcessCalls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Device rules of cgroup v1 in the kernel of the machine that builds. Needs root and the devices hierarchy; leaves nothing. */
class V1DevicesTest
{
    private static final DeviceRules FULL = DeviceRules.of(List.of(CgroupDeviceRule.allow("c 1:7 rwm")));
    private static final DeviceRules ZERO = DeviceRules.of(List.of(CgroupDeviceRule.allow("c 1:5 rw"), CgroupDeviceRule.allow("b *:* m")));

    private CgroupLayout layout;

    @BeforeEach
    void prepare() throws IOException
    {
        assumeTrue(ProcessCalls.effectiveUid() == 0, "needs root");
        layout = CgroupLayout.parse(Files.readString(Path.of("/proc/self/mountinfo")));
        assumeTrue(layout.mounts().stream().anyMatch(mount -> mount.controllers().contains("devices") && Files.isWritable(mount.path())), "needs the devices hierarchy of v1");
    }

    private CgroupDirectory group(String name)
    {
        CgroupPaths paths = CgroupPaths.of(layout, Optional.of("/jrunc-devices-" + ProcessHandle.current().pid() + "-" + name), "x", Map.of());
        return CgroupRoots.of(layout).directory(paths.places().get("devices"));
    }

    private static List<String> listed(CgroupDirectory group)
    {
        return group.read("devices.list").orElseThrow().lines().toList();
    }

    private void makeOne(String name, DeviceRules rules, List<String> listing)
    {
        CgroupDirectory group = group(name);
        assertThat(group.make()).isTrue();
        try {
            V1Devices.applyToNew(group, rules);
            assertThat(listed(group)).containsExactlyInAnyOrderElementsOf(listing);
        }
        finally {
            group.removeOne();
        }
    }

    @Test
    void aNewOneHasExactlyItsRulesWhateverTheOneBeforeHad()
    {
        for (int i = 0; i < 3; i++) {
            makeOne("turns", FULL, List.of("c 1:7 rwm"));
            makeOne("turns", FULL, List.of("c 1:7 rwm"));
            makeOne("turns", ZERO, List.of("c 1:5 rw", "b *:* m"));
            makeOne("turns", DeviceRules.EVERYTHING, List.of("a *:* rwm"));
        }
    }

    @Test
    void oneThatIsThereKeepsWhatBothRulesAllow()
    {
        CgroupDirectory group = group("there");
        assertThat(group.make()).isTrue();
        try {
            V1Devices.applyToNew(group, FULL);
            V1Devices.apply(group, DeviceRules.of(List.of(CgroupDeviceRule.allow("c 1:7 r"), CgroupDeviceRule.allow("c 1:9 rwm"))));
            assertThat(listed(group)).containsExactlyInAnyOrder("c 1:7 r", "c 1:9 rwm");
        }
        finally {
            group.removeOne();
        }
    }
}
