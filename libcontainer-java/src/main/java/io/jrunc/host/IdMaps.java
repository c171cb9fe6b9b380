package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.ProcHandle;

/** The id maps of a process's new user namespace. */
public final class IdMaps
{
    private IdMaps() {}

    /**
     * Writes both maps; each may be written once.
     *
     * @param uids, gids lines {@code container host size}
     * @param denySetgroups an unprivileged writer must give up setgroups(2) before it may map a group
     * @throws ErrnoException EPERM = we may not map these ids ourselves
     */
    public static void write(int pid, String uids, String gids, boolean denySetgroups)
    {
        ProcHandle proc = ProcHandle.host();
        if (denySetgroups) {
            proc.write(pid + "/setgroups", "deny");
        }
        proc.write(pid + "/gid_map", gids);
        proc.write(pid + "/uid_map", uids);
    }

    /** The uid map of a process, as the kernel prints it. */
    public static String uidMap(int pid)
    {
        return ProcHandle.host().read(pid + "/uid_map", 65536);
    }
}
