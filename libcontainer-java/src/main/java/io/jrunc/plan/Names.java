package io.jrunc.plan;

import io.jrunc.spec.Capability;
import io.jrunc.spec.NamespaceType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Numbers of steps in the kernel's and the shim's own words. */
final class Names
{
    private static final Map<Long, String> CLONE = namespaces();
    private static final Map<Long, String> MOUNT_ATTR = words(
            Kernel.MOUNT_ATTR_RDONLY, "ro", Kernel.MOUNT_ATTR_NOSUID, "nosuid", Kernel.MOUNT_ATTR_NODEV, "nodev",
            Kernel.MOUNT_ATTR_NOEXEC, "noexec", Kernel.MOUNT_ATTR_ATIME, "any-atime", Kernel.MOUNT_ATTR_NOATIME, "noatime",
            Kernel.MOUNT_ATTR_STRICTATIME, "strictatime", Kernel.MOUNT_ATTR_NODIRATIME, "nodiratime", Kernel.MOUNT_ATTR_NOSYMFOLLOW,
                    "nosymfollow");
    private static final Map<Long, String> PROPAGATION = words(
            Kernel.MS_REC, "recursive", Kernel.MS_UNBINDABLE, "unbindable", Kernel.MS_PRIVATE, "private", Kernel.MS_SLAVE, "slave",
            Kernel.MS_SHARED, "shared");
    private static final Map<Long, String> TARGET = words(
            Kernel.MF_PLAIN_DIR, "plain-dir", Kernel.MF_COPY_UP, "copy-up", Kernel.MF_DIR_MODE, "dir-mode", Kernel.MF_FILE, "file",
            Kernel.MF_NO_CREATE, "no-create", Kernel.MF_NOFOLLOW, "nofollow", Kernel.MF_READONLY, "readonly",
            Kernel.MF_SRC_NOFOLLOW, "src-nofollow");
    private static final Map<Long, String> SECCOMP = words(1, "tsync", 2, "log", 4, "spec-allow", 8, "new-listener", 32,
            "wait-killable-recv");

    private Names()
    {
    }

    static String of(Shown.As what, long value)
    {
        return switch (what) {
            case SLOT -> slot(value);
            case MODE -> "0" + Long.toOctalString(value);
            case HEX -> "0x" + Long.toHexString(value);
            case CLONE -> flags(CLONE, value);
            case MOUNT_ATTR -> flags(MOUNT_ATTR, value);
            case PROPAGATION -> flags(PROPAGATION, value);
            case TARGET -> flags(TARGET, value);
            case SECCOMP -> flags(SECCOMP, value);
            case CAPABILITY -> capabilities(value);
        };
    }

    private static String slot(long value)
    {
        return switch ((int) value) {
            case Slots.NONE -> "none";
            case Slots.ROOT -> "root";
            case Slots.START -> "start";
            case Slots.REPORT -> "report";
            case Slots.CONSOLE -> "console";
            case Slots.CGROUP -> "cgroup";
            case Slots.JOIN -> "tasks";
            default -> value >= Slots.SOURCE ? "source" + (value - Slots.SOURCE) : namespace(value);
        };
    }

    private static String namespace(long slot)
    {
        int type = (int) slot - Slots.NAMESPACE;
        return type >= 0 && type < NamespaceType.values().length ? NamespaceType.values()[type].procName() + "-ns" : Long.toString(slot);
    }

    /** Bits that have no name are shown as a number: nothing of a plan is left out. Names of several bits come first. */
    private static String flags(Map<Long, String> names, long value)
    {
        List<String> words = new ArrayList<>();
        long rest = value;
        for (Map.Entry<Long, String> name : names.entrySet()) {
            if ((rest & name.getKey()) == name.getKey()) {
                words.add(name.getValue());
                rest &= ~name.getKey();
            }
        }
        if (rest != 0) {
            words.add("0x" + Long.toHexString(rest));
        }
        return words.isEmpty() ? "none" : String.join(",", words);
    }

    private static String capabilities(long mask)
    {
        Map<Long, String> names = new LinkedHashMap<>();
        for (Capability capability : Capability.values()) {
            names.put(1L << capability.number(), capability.name().toLowerCase(Locale.ROOT));
        }
        return flags(names, mask);
    }

    private static Map<Long, String> namespaces()
    {
        Map<Long, String> names = new LinkedHashMap<>();
        Arrays.stream(NamespaceType.values()).forEach(type -> names.put(type.cloneFlag() & 0xffffffffL, type.procName()));
        return names;
    }

    private static Map<Long, String> words(Object... pairs)
    {
        Map<Long, String> words = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            words.put(((Number) pairs[i]).longValue(), (String) pairs[i + 1]);
        }
        return words;
    }
}
