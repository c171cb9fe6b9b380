package io.jrunc.cgroup.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.cgroup.device.CgroupDeviceRule;
import io.jrunc.cgroup.device.DeviceRules;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

class DevicePropertiesTest
{
    private static final String PROC_DEVICES = "Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  1 ramdisk\n253 device-mapper\n";
    private static final String OPEN = "[DeviceAllow=a(ss) [], DevicePolicy=s \"auto\"]";

    private final List<String> warnings = new ArrayList<>();

    private String of(boolean v2, int version, CgroupDeviceRule... rules)
    {
        return DeviceProperties.of(DeviceRules.of(List.of(rules)), v2, version, PROC_DEVICES, path -> path.equals("/dev/char/1:3"), warnings::add).toString();
    }

    private static CgroupDeviceRule[] allow(String... rules)
    {
        return Stream.of(rules).map(CgroupDeviceRule::allow).toArray(CgroupDeviceRule[]::new);
    }

    @Test
    void aListOfWhatIsAllowed()
    {
        assertThat(of(true, 257, allow("c 1:3 rwm", "c 136:* rw", "b *:* m", "b 8:0 r"))).isEqualTo(
                "[DeviceAllow=a(ss) [], DevicePolicy=s \"strict\", DeviceAllow=a(ss) [(\"block-*\" \"m\") (\"/dev/char/1:3\" \"rwm\") (\"/dev/block/8:0\" \"r\") (\"char-136\" \"rw\")]]");
        assertThat(warnings).isEmpty();
    }

    @Test
    void anOldSystemdKnowsNamesOfGroupsAndDevicesThatAreThere()
    {
        assertThat(of(true, 239, allow("c 1:3 rwm", "c 1:5 rwm", "c 136:* rw", "b 253:* r"))).contains("(\"/dev/char/1:3\" \"rwm\") (\"char-pts\" \"rw\") (\"block-device-mapper\" \"r\")")
                .doesNotContain("1:5");
        // A group that it cannot name: systemd must not forbid what the rules allow.
        assertThat(of(true, 239, allow("c 200:* rw"))).isEqualTo(OPEN);
    }

    @Test
    void everythingAllowed()
    {
        assertThat(of(true, 257, CgroupDeviceRule.allow("a *:* rwm"))).isEqualTo(OPEN);
        assertThat(of(false, 257, CgroupDeviceRule.allow("a *:* rwm"))).contains("DevicePolicy=s \"strict\"", "(\"char-*\" \"rwm\") (\"block-*\" \"rwm\")");
        assertThat(warnings).isEmpty();
    }

    /** Two filters of v2 must both agree: systemd's lets pass what it cannot tell apart. A list of v1 is one for both: it starts closed. */
    @Test
    void whatSystemdHasNoWordsForIsLeftToOurOwnRules()
    {
        assertThat(of(true, 257, allow("c *:7 rw", "c 1:3 rwm"))).isEqualTo(OPEN);
        assertThat(warnings).containsExactly("linux.resources.devices: systemd has no rule \"c *:7\"; jrunc enforces it alone");
        warnings.clear();
        CgroupDeviceRule denied = new CgroupDeviceRule(false, CgroupDeviceRule.allow("c 1:11 rw").devices(), CgroupDeviceRule.allow("c 1:11 rw").access());
        assertThat(of(true, 257, CgroupDeviceRule.allow("a *:* rwm"), denied)).isEqualTo(OPEN);
        assertThat(of(false, 257, CgroupDeviceRule.allow("a *:* rwm"), denied)).isEqualTo("[DeviceAllow=a(ss) [], DevicePolicy=s \"strict\"]");
        assertThat(of(false, 257, allow("c *:7 rw", "c 1:3 rwm"))).contains("(\"/dev/char/1:3\" \"rwm\")");
        assertThat(warnings).hasSize(3);
    }
}
