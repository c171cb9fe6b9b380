package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.List;
import java.util.Map;

/** misc.current and misc.events (Linux 5.13): countable things such as keys of encrypted guests. config.json has no limit for them. */
public final class MiscController implements Controller
{
    @Override
    public String name()
    {
        return "misc";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        return List.of();
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        Map<String, Long> events = directory.read("misc.events").map(CgroupText::keyed).orElse(Map.of());
        directory.read("misc.current").map(CgroupText::keyed).orElse(Map.of())
                .forEach((resource, used) -> stats.misc(resource, new CgroupStats.Misc(used, events.getOrDefault(resource + ".max", 0L))));
    }
}
