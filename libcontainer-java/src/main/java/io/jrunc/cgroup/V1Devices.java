package io.jrunc.cgroup;

import io.jrunc.cgroup.device.CgroupDeviceRule;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.error.HostException;

import java.util.ArrayList;
import java.util.List;

/**
 * devices.allow and devices.deny. What the cgroup allows already is read first, so that only differences are written and
 * a running container never loses a device for a moment. Nobody is in a new one: that is written whole.
 */
final class V1Devices
{
    /**
     * How a new cgroup gets its rules. Most containers have the same: what was made of them for the last one is kept.
     *
     * @param listing what devices.list said when they were reached; "" = nobody has asked yet
     */
    private record Whole(DeviceRules target, List<CgroupWrite> writes, String listing) {}

    private static volatile Whole last = whole(DeviceRules.EVERYTHING);

    private V1Devices() {}

    /** @throws HostException if the kernel ends up with anything but {@code target} */
    static void apply(CgroupDirectory directory, DeviceRules target)
    {
        List<CgroupDeviceRule> transition = DeviceRules.ofDevicesList(listing(directory)).transitionTo(target);
        if (!transition.isEmpty()) {
            directory.execute(writes(transition));
            check(directory, target, listing(directory));
        }
    }

    /** As above, for a cgroup that was made just now. */
    static void applyToNew(CgroupDirectory directory, DeviceRules target)
    {
        // Read once: another command may put another container's in its place at any moment.
        Whole known = last;
        Whole whole = known.target == target ? known : whole(target);
        directory.execute(whole.writes);
        String listing = listing(directory);
        if (!listing.equals(whole.listing)) {
            check(directory, target, listing);
            last = new Whole(target, whole.writes, listing);
        }
    }

    private static Whole whole(DeviceRules target)
    {
        return new Whole(target, writes(DeviceRules.EVERYTHING.transitionTo(target)), "");
    }

    private static void check(CgroupDirectory directory, DeviceRules target, String listing)
    {
        DeviceRules reached = DeviceRules.ofDevicesList(listing);
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

    private static String listing(CgroupDirectory directory)
    {
        return directory.read("devices.list").orElseThrow(() -> new HostException("cannot read devices.list of the cgroup " + directory));
    }
}
