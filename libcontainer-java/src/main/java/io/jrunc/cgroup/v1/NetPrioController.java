package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** net_prio.ifpriomap: {@code eth0 5}, one interface a write. cgroup v2 has no such thing. */
public final class NetPrioController implements Controller
{
    @Override
    public String name()
    {
        return "net_prio";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.network().ifPresent(network -> network.priorities().forEach(priority ->
                writes.add(CgroupWrite.of("net_prio", "net_prio.ifpriomap", priority.name() + " " + priority.priority()))));
        return writes;
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats) {}
}
