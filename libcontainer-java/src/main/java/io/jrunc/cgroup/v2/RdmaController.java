package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** rdma.max: {@code mlx5_0 hca_handle=3 hca_object=100}; the same on both cgroup versions. */
public final class RdmaController implements Controller
{
    @Override
    public String name()
    {
        return "rdma";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.rdma().forEach((device, limit) -> {
            StringBuilder line = new StringBuilder(device);
            limit.hcaHandles().ifPresent(handles -> line.append(" hca_handle=").append(handles));
            limit.hcaObjects().ifPresent(objects -> line.append(" hca_object=").append(objects));
            writes.add(CgroupWrite.of("rdma", "rdma.max", line.toString()));
        });
        return writes;
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        directory.read("rdma.current").ifPresent(text -> CgroupText.nested(text).forEach((device, values) ->
                stats.rdma(device, new CgroupStats.Rdma(values.getOrDefault("hca_handle", 0L), values.getOrDefault("hca_object", 0L)))));
    }
}
