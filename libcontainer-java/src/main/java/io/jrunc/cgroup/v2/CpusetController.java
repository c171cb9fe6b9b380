package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** cpuset.cpus and cpuset.mems, word for word; empty = not set. */
public final class CpusetController implements Controller
{
    @Override
    public String name()
    {
        return "cpuset";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.cpu().ifPresent(cpu -> {
            cpu.cpus().filter(cpus -> !cpus.isEmpty()).ifPresent(cpus -> writes.add(CgroupWrite.of("cpuset", "cpuset.cpus", cpus)));
            cpu.mems().filter(mems -> !mems.isEmpty()).ifPresent(mems -> writes.add(CgroupWrite.of("cpuset", "cpuset.mems", mems)));
        });
        return writes;
    }

    /** Nothing: v2 keeps no counters here. */
    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats) {}
}
