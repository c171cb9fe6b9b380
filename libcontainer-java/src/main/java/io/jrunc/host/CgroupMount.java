package io.jrunc.host;

import java.nio.file.Path;
import java.util.List;

/**
 * A mounted cgroup hierarchy.
 *
 * @param path where it is mounted
 * @param root which of its directories is shown there, {@code /} for the whole
 * @param unified cgroup v2
 * @param controllers of a v1 hierarchy, a named one as {@code name=systemd}; empty for v2
 */
public record CgroupMount(Path path, String root, boolean unified, List<String> controllers)
{
    public CgroupMount
    {
        controllers = List.copyOf(controllers);
    }
}
