package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;
import io.jrunc.os.ProcHandle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a container's cgroup lies in each hierarchy. Pure.
 *
 * @param places by controller in the order jrunc makes them; {@code ""} is the v2 hierarchy
 */
public record CgroupPaths(Map<String, Place> places)
{
    /** v1 controllers that runc knows; a hierarchy mounted for others only is not ours to use. */
    private static final List<String> V1_CONTROLLERS = List.of(
            "cpuset", "devices", "memory", "cpu", "cpuacct", "pids", "blkio", "hugetlb", "net_cls", "net_prio",
            "perf_event", "freezer", "rdma", "name=systemd", "misc");

    private static final String UNIFIED = "";
    private static final int LARGEST_PROC_FILE = 65_536;

    /**
     * One directory.
     *
     * @param mount where the hierarchy is mounted
     * @param relative below it, cleaned; empty = the mount itself
     */
    public record Place(Path mount, String relative)
    {
        public Path path()
        {
            return relative.isEmpty() ? mount : mount.resolve(relative);
        }
    }

    public CgroupPaths
    {
        places = Collections.unmodifiableMap(new LinkedHashMap<>(places));
    }

    /**
     * The place that config.json asks for. The same path always gives the same cgroup; no path leaves its hierarchy.
     *
     * <p>{@code /a/b → MOUNT/a/b} everywhere. {@code a/b}, and the container's id when no path is given: on v1 below the
     * caller's own cgroup; on v2 beside it, because a cgroup with processes cannot hand controllers down.
     *
     * @param cgroupsPath {@code linux.cgroupsPath}; empty text = not given
     * @param id the container's
     * @param callerCgroups the caller's {@code /proc/PID/cgroup}: path by controller, {@code ""} being v2
     * @throws SpecException if the path is the root
     * @throws HostException if there is no hierarchy to use, or no devices controller among v1 ones
     */
    public static CgroupPaths of(CgroupLayout layout, Optional<String> cgroupsPath, String id, Map<String, String> callerCgroups)
    {
        String wanted = cgroupsPath.filter(path -> !path.isEmpty()).orElse(id);
        boolean absolute = wanted.startsWith("/");
        String inner = clean(wanted);
        if (inner.isEmpty()) {
            throw new SpecException("linux.cgroupsPath", "\"" + wanted + "\" is the root of the cgroup tree, which no container can have");
        }
        Map<String, Place> places = new LinkedHashMap<>();
        if (layout.kind() == CgroupLayout.Kind.V2) {
            CgroupMount mount = unifiedMount(layout).orElseThrow(() -> new HostException("no cgroup v2 hierarchy is mounted"));
            String base = absolute ? "" : parentOf(below(mount, callerCgroups.getOrDefault(UNIFIED, "/")));
            places.put(UNIFIED, new Place(mount.path(), join(base, inner)));
            return new CgroupPaths(places);
        }
        Map<String, CgroupMount> mounts = new HashMap<>();
        for (CgroupMount mount : layout.mounts()) {
            mount.controllers().forEach(controller -> mounts.putIfAbsent(controller, mount));
        }
        for (String controller : V1_CONTROLLERS) {
            CgroupMount mount = mounts.get(controller);
            if (mount != null) {
                String base = absolute ? "" : below(mount, callerCgroups.getOrDefault(controller, "/"));
                places.put(controller, new Place(mount.path(), join(base, inner)));
            }
        }
        // Without it every device would be open to the container.
        if (!places.containsKey("devices")) {
            throw new HostException("mountpoint for devices not found: no cgroup v1 hierarchy with the devices controller is mounted");
        }
        unifiedMount(layout).ifPresent(mount -> {
            String base = absolute ? "" : below(mount, callerCgroups.getOrDefault(UNIFIED, "/"));
            places.put(UNIFIED, new Place(mount.path(), join(base, inner)));
        });
        return new CgroupPaths(places);
    }

    /**
     * The places that state.json remembers.
     *
     * @throws HostException if one of them is below no cgroup mount of this host
     */
    public static CgroupPaths saved(CgroupLayout layout, Map<String, String> savedPaths)
    {
        Map<String, Place> places = new LinkedHashMap<>();
        savedPaths.forEach((controller, text) -> {
            Path path = Path.of(text);
            places.put(controller, layout.mounts().stream()
                    .map(CgroupMount::path)
                    .filter(path::startsWith)
                    .max((one, other) -> Integer.compare(one.getNameCount(), other.getNameCount()))
                    .map(mount -> new Place(mount, clean(mount.relativize(path).toString())))
                    .orElseThrow(() -> new HostException("the cgroup " + text + " of this container is below no cgroup mount")));
        });
        return new CgroupPaths(places);
    }

    /** Every controller in one place. */
    public boolean unifiedOnly()
    {
        return places.size() == 1 && places.containsKey(UNIFIED);
    }

    public Place unified()
    {
        return places.get(UNIFIED);
    }

    /** {@code ../x → x, /a//b/./c/.. → a/b}: like a path looked up in a root that cannot be left. */
    static String clean(String path)
    {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.removeLast();
                }
            }
            else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return String.join("/", parts);
    }

    /** The v2 cgroup a process is in now, relative to the root; empty if it has gone or is outside our view. */
    static Optional<String> unifiedPathOf(int pid)
    {
        try {
            return ProcHandle.host().read(pid + "/cgroup", LARGEST_PROC_FILE).lines()
                    .filter(line -> line.startsWith("0::/") && !line.startsWith("0::/.."))
                    .map(line -> clean(line.substring(3)))
                    .findFirst();
        }
        catch (ErrnoException gone) {
            return Optional.empty();
        }
    }

    private static Optional<CgroupMount> unifiedMount(CgroupLayout layout)
    {
        return layout.mounts().stream().filter(CgroupMount::unified).findFirst();
    }

    /** {@code /proc/PID/cgroup} counts from the hierarchy's root, a mount may show only a part of it. */
    private static String below(CgroupMount mount, String path)
    {
        String own = clean(path);
        String shown = clean(mount.root());
        if (shown.isEmpty()) {
            return own;
        }
        if (own.equals(shown)) {
            return "";
        }
        return own.startsWith(shown + "/") ? own.substring(shown.length() + 1) : "";
    }

    private static String parentOf(String path)
    {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    private static String join(String base, String inner)
    {
        return base.isEmpty() || inner.isEmpty() ? base + inner : base + "/" + inner;
    }
}
