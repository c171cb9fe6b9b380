package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code linux.netDevices}: one end of a pair moves, the other shows that it still is the same. Source: OCI config-linux.md#network-devices. */
@ExtendWith(JruncExtension.class)
class NetDeviceTest
{
    private final String name = "jr" + ProcessHandle.current().pid() % 10000 + "a";
    private final String peer = "jr" + ProcessHandle.current().pid() % 10000 + "b";

    @BeforeEach
    void make()
    {
        Host.capture("ip", "link", "add", name, "type", "veth", "peer", "name", peer);
    }

    @AfterEach
    void remove()
    {
        // The kernel takes both away with the container's network namespace, in its own time: perhaps just now.
        Host.capture("sh", "-c", "ip link delete \"$0\" 2>/dev/null || ! ip link show \"$0\" 2>/dev/null", peer);
    }

    private static String devices()
    {
        return Host.capture("ip", "-o", "link");
    }

    private static Bundle moving(Bundle bundle, String name, String newName)
    {
        return bundle.edit("/linux/netDevices/" + name, device -> {
            if (!newName.isEmpty()) {
                device.put("name", newName);
            }
        });
    }

    @Test
    void itHasItsAddressesItsSizeAndItsHardwareAddressThere(Jrunc jrunc, Bundle bundle)
    {
        Host.capture("ip", "link", "set", name, "mtu", "1400", "address", "02:11:22:33:44:55");
        Host.capture("ip", "addr", "add", "10.99.1.2/24", "brd", "10.99.1.255", "dev", name);
        Host.capture("ip", "addr", "add", "169.254.7.7/16", "scope", "link", "dev", name);
        Host.capture("ip", "-6", "addr", "add", "2001:db8::7/64", "nodad", "dev", name);
        Host.capture("ip", "link", "set", name, "up");
        moving(bundle, name, "eth7").shell("ip addr show eth7");
        String out = jrunc.runBundle(jrunc.id("net"), bundle).expectSuccess().out();
        assertThat(out).contains("mtu 1400", "link/ether 02:11:22:33:44:55", "UP", "inet 10.99.1.2/24 brd 10.99.1.255 scope global", "inet6 2001:db8::7/64 scope global")
                .doesNotContain("169.254.7.7");
        assertThat(devices()).doesNotContain(name + "@");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void itKeepsItsNameIfNoneIsGivenAndTemplatesAreFilledIn(Jrunc jrunc, Bundle bundle)
    {
        moving(moving(bundle, name, ""), peer, "con%d").shell("ip -o link | cut -d: -f2 | cut -d@ -f1");
        assertThat(jrunc.runBundle(jrunc.id("names"), bundle).expectSuccess().out().lines().map(String::strip)).contains(name, "con0");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void hooksFindItMoved(Jrunc jrunc, Bundle bundle)
    {
        moving(bundle, name, "eth7").edit("/hooks", hooks -> hooks.putArray("createRuntime").addObject().put("path", "/bin/sh")
                .putArray("args").add("sh").add("-c").add("! ip link show " + name + " 2>/dev/null"));
        jrunc.runBundle(jrunc.id("hook"), bundle.process("true")).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aDeviceThatIsNotThereIsNamed(Jrunc jrunc, Bundle bundle)
    {
        moving(bundle, "jrnone0", "").process("true");
        jrunc.runBundle(jrunc.id("none"), bundle).expectExit(1).expectFailure("network device", "jrnone0", "does not exist on the host");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aNameThatIsTakenThereIsAnError(Jrunc jrunc, Bundle bundle)
    {
        moving(bundle, name, "lo").process("true");
        jrunc.runBundle(jrunc.id("taken"), bundle).expectExit(1).expectFailure("cannot become", "the container has a device of that name");
        assertThat(List.of(devices().split("\n"))).anyMatch(line -> line.contains(name));
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
