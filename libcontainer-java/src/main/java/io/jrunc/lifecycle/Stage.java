package io.jrunc.lifecycle;

import io.jrunc.cgroup.Rehearsal;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;
import io.jrunc.host.HostFacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the training run plays: a machine with cgroups of each version in turn, in a folder, so that what is trained does not
 * depend on the machine that builds.
 */
public enum Stage
{
    V1, HYBRID, V2;

    private static final List<String> HIERARCHIES = List.of("cpuset", "cpu,cpuacct", "memory", "devices", "freezer", "pids", "blkio", "name=systemd");

    /** What comes from here on meets this machine. @param folder may be written */
    public void enter(Path folder) throws IOException
    {
        List<CgroupMount> mounts = new ArrayList<>();
        if (this != V2) {
            for (String name : HIERARCHIES) {
                mounts.add(new CgroupMount(Files.createDirectories(folder.resolve(name() + "/" + name)), "/", false, List.of(name.split(","))));
            }
        }
        if (this != V1) {
            mounts.add(new CgroupMount(Files.createDirectories(folder.resolve(name() + "/unified")), "/", true, List.of()));
        }
        CgroupLayout layout = new CgroupLayout(CgroupLayout.Kind.valueOf(name()), mounts);
        HostFacts.rehearse(layout);
        Rehearsal.begin(layout);
    }
}
