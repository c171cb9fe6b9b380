package io.jrunc.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
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

    private static final Set<String> GENERIC = Set.of("rw", "ro", "nosuid", "nodev", "noexec", "relatime", "noatime", "xattr", "clone_children",
            "noprefix", "cpuset_v2_mode", "nsdelegate", "memory_recursiveprot", "none", "seclabel");
    private static final int ROOT = 3;
    private static final int MOUNT_POINT = 4;

    public CgroupLayout
    {
        mounts = List.copyOf(mounts);
    }

    /** @param mountinfo text of /proc/self/mountinfo */
    public static CgroupLayout parse(String mountinfo)
    {
        List<CgroupMount> mounts = new ArrayList<>();
        Set<Object> seen = new HashSet<>();
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
                    : Arrays.stream(behind[2].split(",")).filter(option -> !GENERIC.contains(option) && !option.startsWith("release_agent=")).toList();
            if (seen.add(unified ? "v2" : controllers)) {
                mounts.add(new CgroupMount(path, root, unified, controllers));
            }
        });
        boolean v1 = mounts.stream().anyMatch(mount -> !mount.unified());
        boolean v2 = mounts.stream().anyMatch(CgroupMount::unified);
        return new CgroupLayout(v1 && v2 ? Kind.HYBRID : v1 ? Kind.V1 : v2 ? Kind.V2 : Kind.NONE, mounts);
    }

    /** Text of /proc/PID/cgroup → path by controller; {@code ""} is v2. */
    public static Map<String, String> parseMembership(String text)
    {
        Map<String, String> paths = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            String[] parts = line.split(":", 3);
            if (parts.length == 3) {
                for (String controller : parts[1].split(",")) {
                    paths.put(controller, parts[2]);
                }
            }
        });
        return paths;
    }
}
