package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.EPERM;
import static io.jrunc.error.Errno.EROFS;

/**
 * Which refusals do not matter. Root in the initial user namespace tolerates none.
 *
 * @param rootless without permission for cgroups, a container that asks for no limits runs in its caller's cgroup
 * @param pathGiven config.json names a cgroupsPath: then not getting it is an error even when rootless
 * @param inUserNamespace the engine itself is in a child user namespace, where device rules are the outer world's to enforce
 */
public record Tolerance(boolean rootless, boolean pathGiven, boolean inUserNamespace)
{
    public static final Tolerance STRICT = new Tolerance(false, true, false);

    /** A cgroup that cannot be made or joined may be done without. */
    boolean excuses(ErrnoException refusal)
    {
        return rootless && !pathGiven && isPermission(refusal);
    }

    static boolean isPermission(ErrnoException refusal)
    {
        return refusal.is(EPERM, EACCES, EROFS);
    }
}
