package io.jrunc.cgroup.device;

import io.jrunc.error.SpecException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The normal form of a device policy: a default and the exceptions to it, as the v1 devices cgroup keeps it.
 *
 * <p>Built by applying rules in order, so the same list means the same on v1 and v2. A rule of type {@code a} forgets
 * everything before it. A rule against the default adds an exception; exceptions for the same devices merge. A rule
 * with the default takes back the exceptions it covers; if it would take back only a part of one, such as {@code 1:3}
 * out of {@code 1:*}, it is refused, because the v1 kernel would silently ignore it.
 */
public final class DeviceRules
{
    /**
     * What every container may do besides its own rules: make any node, use the nodes jrunc itself makes.
     * Source: OCI config-linux.md#default-devices; tun because rootless networks need it and managers expect it.
     */
    public static final List<CgroupDeviceRule> DEFAULTS = List.of(
            CgroupDeviceRule.allow("c *:* m"),
            CgroupDeviceRule.allow("b *:* m"),
            CgroupDeviceRule.allow("c 1:3 rwm"),      // null
            CgroupDeviceRule.allow("c 1:8 rwm"),      // random
            CgroupDeviceRule.allow("c 1:7 rwm"),      // full
            CgroupDeviceRule.allow("c 5:0 rwm"),      // tty
            CgroupDeviceRule.allow("c 1:5 rwm"),      // zero
            CgroupDeviceRule.allow("c 1:9 rwm"),      // urandom
            CgroupDeviceRule.allow("c 136:* rwm"),    // pts/*
            CgroupDeviceRule.allow("c 5:2 rwm"),      // ptmx
            CgroupDeviceRule.allow("c 10:200 rwm"));  // net/tun

    /** What a cgroup allows that nobody has limited. */
    public static final DeviceRules EVERYTHING = of(List.of(CgroupDeviceRule.everything(true)));

    private final TreeMap<DeviceNumbers, AccessBits> exceptions = new TreeMap<>();
    private boolean defaultAllow;

    private DeviceRules() {}

    /**
     * Start from "deny everything" and apply.
     *
     * @throws SpecException if a rule would punch a hole in an earlier wildcard rule
     */
    public static DeviceRules of(List<CgroupDeviceRule> rules)
    {
        DeviceRules result = new DeviceRules();
        rules.forEach(result::apply);
        return result;
    }

    /**
     * The state a v1 cgroup reports. When it allows by default, its denied devices are not listed and stay unknown.
     *
     * @throws IllegalArgumentException if the kernel speaks a new language
     */
    public static DeviceRules ofDevicesList(String text)
    {
        DeviceRules result = new DeviceRules();
        text.lines().filter(line -> !line.isBlank()).forEach(line -> result.apply(CgroupDeviceRule.allow(line)));
        return result;
    }

    public boolean defaultAllow()
    {
        return defaultAllow;
    }

    /** Devices and accesses treated against the default, sorted by major, minor, kind. */
    public Map<DeviceNumbers, AccessBits> exceptions()
    {
        return Collections.unmodifiableMap(exceptions);
    }

    public boolean allowsEverything()
    {
        return defaultAllow && exceptions.isEmpty();
    }

    /**
     * The fewest v1 writes that lead from this state to {@code target}.
     *
     * <p>Between two deny-by-default states nothing allowed in both is ever denied in between. A state that allows by
     * default hides its denied devices, so leaving it always begins with one {@code a} rule.
     */
    public List<CgroupDeviceRule> transitionTo(DeviceRules target)
    {
        List<CgroupDeviceRule> writes = new ArrayList<>();
        Map<DeviceNumbers, AccessBits> old = exceptions;
        if (defaultAllow || target.defaultAllow) {
            writes.add(CgroupDeviceRule.everything(target.defaultAllow));
            old = Map.of();
        }
        for (Map.Entry<DeviceNumbers, AccessBits> exception : old.entrySet()) {
            AccessBits lost = exception.getValue().minus(target.accessOf(exception.getKey()));
            if (!lost.isEmpty()) {
                writes.add(new CgroupDeviceRule(target.defaultAllow, exception.getKey(), lost));
            }
        }
        for (Map.Entry<DeviceNumbers, AccessBits> exception : target.exceptions.entrySet()) {
            AccessBits gained = exception.getValue().minus(old.getOrDefault(exception.getKey(), AccessBits.NONE));
            if (!gained.isEmpty()) {
                writes.add(new CgroupDeviceRule(!target.defaultAllow, exception.getKey(), gained));
            }
        }
        return List.copyOf(writes);
    }

    /** Compare against what the kernel reports afterwards. Denied exceptions are not reported, so only the mode counts then. */
    public boolean isReachedBy(DeviceRules reported)
    {
        return defaultAllow == reported.defaultAllow && (defaultAllow || exceptions.equals(reported.exceptions));
    }

    @Override
    public String toString()
    {
        return (defaultAllow ? "allow" : "deny") + " by default, except " + exceptions;
    }

    private AccessBits accessOf(DeviceNumbers devices)
    {
        return exceptions.getOrDefault(devices, AccessBits.NONE);
    }

    private void apply(CgroupDeviceRule rule)
    {
        if (rule.isEverything()) {
            defaultAllow = rule.allow();
            exceptions.clear();
        }
        else if (rule.allow() == defaultAllow) {
            takeBack(rule);
        }
        else {
            exceptions.merge(rule.devices(), rule.access(), AccessBits::or);
        }
    }

    private void takeBack(CgroupDeviceRule rule)
    {
        for (Iterator<Map.Entry<DeviceNumbers, AccessBits>> all = exceptions.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<DeviceNumbers, AccessBits> exception = all.next();
            DeviceNumbers devices = exception.getKey();
            if (!devices.meets(rule.devices()) || exception.getValue().and(rule.access()).isEmpty()) {
                continue;
            }
            if (!rule.devices().covers(devices)) {
                throw new SpecException("linux.resources.devices", "rule \"" + rule + "\" not supported by devices cgroupv1 "
                        + "(cannot punch hole in existing wildcard rule \"" + devices + " " + exception.getValue() + "\")");
            }
            AccessBits rest = exception.getValue().minus(rule.access());
            if (rest.isEmpty()) {
                all.remove();
            }
            else {
                exception.setValue(rest);
            }
        }
    }
}
