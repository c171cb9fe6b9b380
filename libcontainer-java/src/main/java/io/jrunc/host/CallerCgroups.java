package io.jrunc.host;

import io.jrunc.os.ProcHandle;

import java.util.Map;

/** The cgroups that a caller is in: relative cgroup paths count from there. */
public final class CallerCgroups
{
    private CallerCgroups() {}

    /** @return path by controller; {@code ""} is v2 */
    public static Map<String, String> of(int pid)
    {
        return CgroupLayout.parseMembership(ProcHandle.host().readRecords(pid + "/cgroup", 65536));
    }
}
