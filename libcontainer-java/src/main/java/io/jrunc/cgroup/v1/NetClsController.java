package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** net_cls.classid. cgroup v2 has no such thing. */
public final class NetClsController implements Controller
{
    @Override
    public String name()
    {
        return "net_cls";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.network().ifPresent(network -> network.classId().ifPresent(classId -> {
            if (classId != 0) {
                writes.add(CgroupWrite.of("net_cls", "net_cls.classid", classId));
            }
        }));
        return writes;
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats) {}
}
