package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.ProcHandle;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The id maps of a process's new user namespace. */
public final class IdMaps
{
    private static final Pattern PROCESS_NAMESPACE = Pattern.compile("/proc/(\\d+|self)/ns/user");

    /** Once it was read. It cannot be given up once a group is mapped, and none can be mapped afterwards where it is. */
    private static volatile Optional<Boolean> setgroupsDenied = Optional.empty();

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

    /** Whether the engine's own user namespace has given up setgroups(2). */
    public static boolean setgroupsDenied()
    {
        boolean denied = setgroupsDenied.orElseGet(() -> ProcHandle.host().read("self/setgroups", 64).startsWith("deny"));
        setgroupsDenied = Optional.of(denied);
        return denied;
    }

    /**
     * A map of a user namespace that a path leads to.
     *
     * @param path only {@code /proc/PID/ns/user} names a process that can be asked; of another path nothing is known
     * @param file {@code uid_map} or {@code gid_map}
     */
    public static Optional<String> ofNamespace(String path, String file)
    {
        Matcher process = PROCESS_NAMESPACE.matcher(path);
        if (!process.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ProcHandle.host().read(process.group(1) + "/" + file, 65536));
        }
        catch (ErrnoException e) {
            return Optional.empty();
        }
    }
}
