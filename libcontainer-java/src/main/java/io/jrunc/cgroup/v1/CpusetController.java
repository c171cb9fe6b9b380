package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * cpuset.cpus and cpuset.mems. A hierarchy mounted with {@code noprefix} (Android) calls them cpus and mems.
 *
 * <p>A new v1 cpuset is empty and takes no process until both are set: {@link #inherit} does that.
 */
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
            cpu.cpus().filter(cpus -> !cpus.isEmpty()).ifPresent(cpus -> writes.add(write("cpus", cpus)));
            cpu.mems().filter(mems -> !mems.isEmpty()).ifPresent(mems -> writes.add(write("mems", mems)));
        });
        return writes;
    }

    /**
     * Fill an empty new cpuset from the one above it.
     *
     * @param parent already filled
     * @param own the container's own writes for this directory, so that exclusive cpus are never asked for in passing;
     *         empty for a directory in between
     */
    public static void inherit(CgroupDirectory parent, CgroupDirectory child, List<CgroupWrite> own)
    {
        List<CgroupWrite> writes = new ArrayList<>(own);
        for (String name : List.of("cpus", "mems")) {
            String file = "cpuset." + name;
            if (own.stream().noneMatch(write -> write.file().equals(file))) {
                either(parent, name).map(String::strip).filter(value -> !value.isEmpty()).ifPresent(value -> writes.add(write(name, value)));
            }
        }
        child.execute(writes);
    }

    /** A cpuset that still needs {@link #inherit}: somebody made the directory and stopped there. */
    public static boolean isEmpty(CgroupDirectory directory)
    {
        return either(directory, "cpus").map(String::isBlank).orElse(false) || either(directory, "mems").map(String::isBlank).orElse(false);
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        stats.cpuset(new CgroupStats.Cpuset(
                either(directory, "cpus").map(CgroupText::numbers).orElse(List.of()),
                number(directory, "cpu_exclusive"),
                either(directory, "mems").map(CgroupText::numbers).orElse(List.of()),
                number(directory, "mem_hardwall"),
                number(directory, "mem_exclusive"),
                number(directory, "memory_migrate"),
                number(directory, "memory_spread_page"),
                number(directory, "memory_spread_slab"),
                number(directory, "memory_pressure"),
                number(directory, "sched_load_balance"),
                either(directory, "sched_relax_domain_level").map(text -> Long.parseLong(text.strip())).orElse(0L)));
    }

    private static CgroupWrite write(String name, String value)
    {
        return CgroupWrite.of("cpuset", "cpuset." + name, value).orIfAbsent(CgroupWrite.of("cpuset", name, value));
    }

    private static Optional<String> either(CgroupDirectory directory, String name)
    {
        return directory.read("cpuset." + name).or(() -> directory.read(name));
    }

    private static long number(CgroupDirectory directory, String name)
    {
        return either(directory, name).map(CgroupText::number).orElse(0L);
    }
}
