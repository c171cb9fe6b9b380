package io.jrunc.spec;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The config.json that {@code jrunc spec} writes: a shell in a container with the usual restrictions. Members stand in runc's order. */
public final class ExampleSpec
{
    private static final String HOSTNAME = "jrunc";
    private static final List<String> CAPABILITIES = List.of("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
    private static final List<String> MASKED = List.of("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi");
    private static final List<String> READONLY = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    /** Whom a rootless container maps to its root. */
    private record Owner(long euid, long egid) { }

    private ExampleSpec()
    {
    }

    /** @param cgroup2Host true: the host is unified, so the container gets a cgroup namespace */
    public static String root(boolean cgroup2Host)
    {
        return print(cgroup2Host, Optional.empty());
    }

    /** For a container that a user starts: these host ids are root inside, the network and the limits are the host's. */
    public static String rootless(boolean cgroup2Host, long euid, long egid)
    {
        return print(cgroup2Host, Optional.of(new Owner(euid, egid)));
    }

    private static String print(boolean cgroup2Host, Optional<Owner> owner)
    {
        ObjectNode config = object();
        config.put("ociVersion", RuntimeSpecVersion.SUPPORTED.text());
        config.set("process", process());
        config.set("root", object().put("path", "rootfs").put("readonly", true));
        config.put("hostname", HOSTNAME);
        config.set("mounts", mounts(owner.isPresent()));
        config.set("linux", linux(cgroup2Host, owner));
        return GoJson.print(config, "\t");
    }

    private static ObjectNode process()
    {
        ObjectNode process = object();
        process.put("terminal", true);
        process.set("user", object().put("uid", 0).put("gid", 0));
        process.set("args", texts(List.of("sh")));
        process.set("env", texts(List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm")));
        process.put("cwd", "/");
        ObjectNode capabilities = object();
        for (String set : List.of("bounding", "effective", "permitted")) {
            capabilities.set(set, texts(CAPABILITIES));
        }
        process.set("capabilities", capabilities);
        process.set("rlimits", array().add(object().put("type", "RLIMIT_NOFILE").put("hard", 1024).put("soft", 1024)));
        process.put("noNewPrivileges", true);
        return process;
    }

    private static ArrayNode mounts(boolean rootless)
    {
        ArrayNode mounts = array();
        mounts.add(mount("/proc", "proc", "proc", List.of()));
        mounts.add(mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
        List<String> pts = List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");
        // The terminal group 5 is not mapped in a rootless container.
        mounts.add(mount("/dev/pts", "devpts", "devpts", rootless ? pts : plus(pts, "gid=5")));
        mounts.add(mount("/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")));
        mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")));
        // Only the owner of the network namespace may mount a sysfs; a rootless container keeps the host's network.
        mounts.add(rootless
                ? mount("/sys", "none", "/sys", List.of("rbind", "nosuid", "noexec", "nodev", "ro"))
                : mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")));
        mounts.add(mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("nosuid", "noexec", "nodev", "relatime", "ro")));
        return mounts;
    }

    private static ObjectNode mount(String destination, String type, String source, List<String> options)
    {
        ObjectNode mount = object().put("destination", destination).put("type", type).put("source", source);
        if (!options.isEmpty()) {
            mount.set("options", texts(options));
        }
        return mount;
    }

    private static ObjectNode linux(boolean cgroup2Host, Optional<Owner> owner)
    {
        ObjectNode linux = object();
        owner.ifPresent(o -> {
            linux.set("uidMappings", mapping(o.euid()));
            linux.set("gidMappings", mapping(o.egid()));
        });
        if (owner.isEmpty()) {
            ObjectNode denyAll = object().put("allow", false).put("access", "rwm");
            linux.set("resources", object().set("devices", array().add(denyAll)));
        }
        ArrayNode namespaces = linux.putArray("namespaces");
        namespaces.add(namespace(NamespaceType.PID));
        if (owner.isEmpty()) {
            namespaces.add(namespace(NamespaceType.NETWORK));
        }
        namespaces.add(namespace(NamespaceType.IPC)).add(namespace(NamespaceType.UTS)).add(namespace(NamespaceType.MOUNT));
        if (cgroup2Host) {
            namespaces.add(namespace(NamespaceType.CGROUP));
        }
        if (owner.isPresent()) {
            namespaces.add(namespace(NamespaceType.USER));
        }
        linux.set("maskedPaths", texts(MASKED));
        linux.set("readonlyPaths", texts(READONLY));
        return linux;
    }

    private static ArrayNode mapping(long hostId)
    {
        return array().add(object().put("containerID", 0).put("hostID", hostId).put("size", 1));
    }

    private static ObjectNode namespace(NamespaceType type)
    {
        return object().put("type", type.word());
    }

    private static List<String> plus(List<String> words, String word)
    {
        return Stream.concat(words.stream(), Stream.of(word)).toList();
    }

    private static ArrayNode texts(List<String> words)
    {
        ArrayNode array = array();
        words.forEach(array::add);
        return array;
    }

    private static ObjectNode object()
    {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ArrayNode array()
    {
        return JsonNodeFactory.instance.arrayNode();
    }
}
