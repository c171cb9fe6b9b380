package io.jrunc.cgroup;

import io.jrunc.host.CgroupLayout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Hierarchies for the training run, in which no cgroup of the building machine is needed or touched. */
public final class Rehearsal
{
    private static final Map<String, String> V1 = Map.of("cgroup.procs", "", "tasks", "", "cpuset.cpus", "0", "cpuset.mems", "0", "devices.list", "a *:* rwm\n",
            "devices.allow", "", "devices.deny", "", "freezer.state", "THAWED\n", "pids.max", "max\n", "memory.oom_control", "oom_kill 0\n");
    private static final Map<String, String> V2 = Map.of("cgroup.procs", "", "cgroup.controllers", "pids memory\n", "cgroup.subtree_control", "pids\n",
            "cgroup.type", "domain\n", "cgroup.freeze", "0\n", "cgroup.kill", "", "cgroup.events", "populated 0\nfrozen 0\n", "memory.events", "oom_kill 0\n");

    private Rehearsal() {}

    /**
     * From now on drivers of this layout find such hierarchies.
     *
     * @param layout directories that are there and may be written
     */
    public static void begin(CgroupLayout layout) throws IOException
    {
        for (var mount : layout.mounts()) {
            for (Map.Entry<String, String> file : (mount.unified() ? V2 : V1).entrySet()) {
                Path path = mount.path().resolve(file.getKey());
                Files.writeString(path, file.getValue());
            }
        }
        CgroupRoots.rehearse(layout);
    }
}
