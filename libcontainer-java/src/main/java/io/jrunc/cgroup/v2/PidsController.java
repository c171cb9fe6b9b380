package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.List;
import java.util.Optional;

/** pids.max; the same on both cgroup versions. */
public final class PidsController implements Controller
{
    @Override
    public String name()
    {
        return "pids";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        return resources.pids()
                .flatMap(pids -> pids.limit().isPresent() ? Optional.of(pids.limit().getAsLong()) : Optional.empty())
                .map(limit -> List.of(CgroupWrite.of("pids", "pids.max", max(limit))))
                .orElse(List.of());
    }

    /** Negative → {@code max}; 0 → 1, because systemd cannot say 0 and both drivers must agree. */
    public static String max(long limit)
    {
        return limit < 0 ? "max" : Long.toString(Math.max(limit, 1));
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        Optional<String> current = directory.read("pids.current");
        if (current.isPresent()) {
            long max = directory.readNumber("pids.max");
            stats.pids(new CgroupStats.Pids(directory.readNumber("pids.current"), max == CgroupStats.UNLIMITED ? 0 : max));
            return;
        }
        // The controller is not enabled here: count by hand.
        directory.read("cgroup.procs").ifPresent(procs -> stats.pids(new CgroupStats.Pids(procs.lines().count(), 0)));
    }
}
