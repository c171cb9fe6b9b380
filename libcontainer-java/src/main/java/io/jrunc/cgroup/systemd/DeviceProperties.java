package io.jrunc.cgroup.systemd;

import io.jrunc.cgroup.device.AccessBits;
import io.jrunc.cgroup.device.DeviceKind;
import io.jrunc.cgroup.device.DeviceNumbers;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.host.dbus.Variant;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Device rules as systemd has them: a list of what is allowed, by names. Our own rules stand beside them, so systemd's may allow more,
 * but never less: it puts them in force again at every reload. Pure.
 */
public final class DeviceProperties
{
    /** {@code char-MAJOR}, and numbers in paths are believed without such a device. */
    private static final int NUMBERS = 240;

    private static final Property NO_LIST = new Property("DeviceAllow", new Variant("a(ss)", List.of()));

    /**
     * Allows all, and yet is a policy: on v1 systemd makes a devices cgroup only for one. Given later, it would move the processes that are
     * there already to the cgroup above, where the container's rules do not hold.
     */
    static final List<Property> NO_RULES_YET = List.of(policy("strict"),
            new Property("DeviceAllow", new Variant("a(ss)", List.of(List.of("char-*", "rwm"), List.of("block-*", "rwm")))));

    private DeviceProperties() {}

    /**
     * @param v2 own rules are a filter of their own; on v1 the two share one list, so that the one written last holds
     * @param version of systemd
     * @param procDevices text of /proc/devices, for an old systemd
     * @param exists whether the host has such a device file, for an old systemd
     * @param warn of what cannot be said in systemd's words
     */
    public static List<Property> of(DeviceRules rules, boolean v2, int version, String procDevices, Predicate<String> exists, Consumer<String> warn)
    {
        if (rules.allowsEverything()) {
            return v2 ? open() : List.of(NO_LIST, NO_RULES_YET.get(0), NO_RULES_YET.get(1));
        }
        if (rules.defaultAllow()) {
            warn.accept("linux.resources.devices: systemd has no rules that forbid single devices; jrunc enforces them" + (v2 ? " alone" : ""));
            return v2 ? open() : List.of(NO_LIST, policy("strict"));
        }
        List<Object> list = new ArrayList<>();
        boolean complete = true;
        for (Map.Entry<DeviceNumbers, AccessBits> rule : rules.exceptions().entrySet()) {
            DeviceNumbers devices = rule.getKey();
            if (devices.major() == DeviceNumbers.ANY && devices.minor() != DeviceNumbers.ANY) {
                warn.accept("linux.resources.devices: systemd has no rule \"" + devices + "\"; jrunc enforces it" + (v2 ? " alone" : ""));
                complete = false;
                continue;
            }
            Optional<String> name = name(devices, version, procDevices, exists);
            name.ifPresent(text -> list.add(List.of(text, rule.getValue().toString())));
            // A device that the host does not have is missed by nobody but its list.
            complete &= name.isPresent() || devices.minor() != DeviceNumbers.ANY;
        }
        if (!complete && v2) {
            return open();
        }
        // In this order: a list that is there is cleared first; with the policy after the list systemd would want to be reloaded.
        return List.of(NO_LIST, policy("strict"), new Property("DeviceAllow", new Variant("a(ss)", list)));
    }

    private static List<Property> open()
    {
        return List.of(NO_LIST, policy("auto"));
    }

    private static Property policy(String word)
    {
        return new Property("DevicePolicy", Variant.text(word));
    }

    private static Optional<String> name(DeviceNumbers devices, int version, String procDevices, Predicate<String> exists)
    {
        String kind = devices.kind() == DeviceKind.BLOCK ? "block" : "char";
        if (devices.major() == DeviceNumbers.ANY) {
            return Optional.of(kind + "-*");
        }
        if (devices.minor() == DeviceNumbers.ANY) {
            return version >= NUMBERS ? Optional.of(kind + "-" + devices.major()) : group(devices, procDevices).map(group -> kind + "-" + group);
        }
        String path = "/dev/" + kind + "/" + devices.major() + ":" + devices.minor();
        return version >= NUMBERS || exists.test(path) ? Optional.of(path) : Optional.empty();
    }

    /** {@code 136 pts → pts}, in the part of /proc/devices that is about this kind. */
    private static Optional<String> group(DeviceNumbers devices, String procDevices)
    {
        boolean ours = false;
        for (String line : procDevices.lines().map(String::strip).toList()) {
            if (line.endsWith(" devices:")) {
                ours = line.startsWith("Block") == (devices.kind() == DeviceKind.BLOCK);
            }
            else if (ours && line.startsWith(devices.major() + " ")) {
                return Optional.of(line.substring(line.indexOf(' ') + 1).strip());
            }
        }
        return Optional.empty();
    }
}
