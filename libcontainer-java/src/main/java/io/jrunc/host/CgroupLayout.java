package io.jrunc.host;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the host has its cgroups mounted.
 *
 * @param mounts in the order of the mount table; each hierarchy once
 */
public record CgroupLayout(Kind kind, List<CgroupMount> mounts)
{
    /** HYBRID = v1 controllers and an empty-handed v2 hierarchy beside them. */
    public enum Kind
    {
        V1, HYBRID, V2, NONE
    }

    /** All that ever were; other words among the options are about the mount. */
    private static final Set<String> CONTROLLERS = Set.of("cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "net_cls",
            "perf_event", "net_prio", "hugetlb", "pids", "rdma", "misc", "dmem", "debug");
    private static final Path USUAL = Path.of("/sys/fs/cgroup");
    private static final int ROOT = 3;
    private static final int MOUNT_POINT = 4;

    public CgroupLayout
    {
        mounts = List.copyOf(mounts);
    }

    /** @param mountinfo text of /proc/self/mountinfo */
    public static CgroupLayout parse(String mountinfo)
    {
        Map<Path, CgroupMount> visible = new LinkedHashMap<>();
        mountinfo.lines().forEach(line -> {
            int dash = line.indexOf(" - ");
            String[] behind = dash < 0 ? new String[0] : line.substring(dash + 3).split(" ");
            if (behind.length < 3 || !behind[0].startsWith("cgroup")) {
                return;
            }
            String[] front = line.substring(0, dash).split(" ");
            Path path = Path.of(MountTable.unescape(front[MOUNT_POINT]));
            String root = MountTable.unescape(front[ROOT]);
            boolean unified = behind[0].equals("cgroup2");
            List<String> controllers = unified ? List.of()
                    : Arrays.stream(behind[2].split(",")).filter(option -> CONTROLLERS.contains(option) || option.startsWith("name=")).toList();
            // The later of two mounts in one place hides the other.
            visible.remove(path);
            visible.put(path, new CgroupMount(path, root, unified, controllers));
        });
        Map<Object, CgroupMount> hierarchies = new LinkedHashMap<>();
        visible.values().forEach(mount -> hierarchies.merge(mount.unified() ? "v2" : mount.controllers(), mount, CgroupLayout::better));
        boolean v1 = hierarchies.values().stream().anyMatch(mount -> !mount.unified());
        boolean v2 = hierarchies.containsKey("v2");
        // What stands at the usual place decides: v1 hierarchies beside it were mounted for some program's own use.
        if (v2 && hierarchies.get("v2").path().equals(USUAL)) {
            return new CgroupLayout(Kind.V2, List.of(hierarchies.get("v2")));
        }
        return new CgroupLayout(v1 && v2 ? Kind.HYBRID : v1 ? Kind.V1 : v2 ? Kind.V2 : Kind.NONE, List.copyOf(hierarchies.values()));
    }

    /** Hierarchies are mounted again below the roots of containers; the host's own place is the one to use. */
    private static CgroupMount better(CgroupMount one, CgroupMount other)
    {
        return !one.path().startsWith(USUAL) && other.path().startsWith(USUAL) ? other : one;
    }

    /** Text of /proc/PID/cgroup → path by controller; {@code ""} is v2. */
    public static Map<String, String> parseMembership(String text)
    {
        Map<String, String> paths = new LinkedHashMap<>();
        for (String line : text.split("\n")) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3) {
                for (String controller : parts[1].split(",")) {
                    paths.put(controller, parts[2]);
                }
            }
        }
        return paths;
    }
}
