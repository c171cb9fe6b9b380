package io.jrunc.cgroup;

import io.jrunc.cgroup.device.CgroupDeviceRule;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.error.HostException;

import java.util.ArrayList;
import java.util.List;

/**
 * devices.allow and devices.deny. What the cgroup allows already is read first, so that only differences are written and
 * a running container never loses a device for a moment.
 */
final class V1Devices
{
    private V1Devices() {}

    /** @throws HostException if the kernel ends up with anything but {@code target} */
    static void apply(CgroupDirectory directory, DeviceRules target)
    {
        DeviceRules current = read(directory);
        List<CgroupDeviceRule> transition = current.transitionTo(target);
        if (transition.isEmpty()) {
            return;
        }
        directory.execute(writes(transition));
        DeviceRules reached = read(directory);
        if (!target.isReachedBy(reached)) {
            throw new HostException("the devices cgroup " + directory + " does not hold what was written: it has " + reached + ", wanted " + target);
        }
    }

    /** Neighbours for the same file share one open; order is kept, because it matters. */
    static List<CgroupWrite> writes(List<CgroupDeviceRule> rules)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        for (int from = 0; from < rules.size(); ) {
            boolean allow = rules.get(from).allow();
            int to = from;
            List<String> lines = new ArrayList<>();
            while (to < rules.size() && rules.get(to).allow() == allow) {
                lines.add(rules.get(to++).line());
            }
            writes.add(CgroupWrite.ofLines("devices", allow ? "devices.allow" : "devices.deny", lines));
            from = to;
        }
        return writes;
    }

    private static DeviceRules read(CgroupDirectory directory)
    {
        return DeviceRules.ofDevicesList(directory.read("devices.list")
                .orElseThrow(() -> new HostException("cannot read devices.list of the cgroup " + directory)));
    }
}
