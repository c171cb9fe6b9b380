package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import java.time.Duration;

import static io.jrunc.error.Errno.ENODEV;
import static io.jrunc.error.Errno.ENOENT;

/** cgroup.freeze (Linux 5.2), confirmed by cgroup.events. */
final class V2Freezer
{
    private static final String FREEZE = "cgroup.freeze";

    private V2Freezer() {}

    static void freeze(CgroupDirectory directory, Duration limit)
    {
        boolean frozen = false;
        try {
            directory.write(FREEZE, "1");
            frozen = directory.awaitEvent("frozen 1", Deadline.after(limit));
            if (!frozen) {
                throw new HostException("unable to freeze the cgroup " + directory + " within " + limit.toMillis() + " ms");
            }
        }
        catch (ErrnoException e) {
            throw new HostException("freezer not supported: " + e.getMessage(), e);
        }
        finally {
            if (!frozen) {
                // Half frozen is worse than not: whatever is stopped would never run again.
                thawQuietly(directory);
            }
        }
    }

    /** A cgroup without a freezer cannot be frozen, so there is nothing to do. */
    static void thaw(CgroupDirectory directory)
    {
        try {
            directory.write(FREEZE, "0");
        }
        catch (ErrnoException e) {
            if (!e.is(ENOENT, ENODEV)) {
                throw new HostException("unable to thaw the cgroup " + directory + ": " + e.getMessage(), e);
            }
        }
    }

    private static void thawQuietly(CgroupDirectory directory)
    {
        try {
            thaw(directory);
        }
        catch (HostException refused) {
            // The failure that brought us here is the one to report.
        }
    }

    /** cgroup.freeze is this cgroup's own wish; one above may be frozen without it. */
    static boolean isFrozen(CgroupDirectory directory)
    {
        return directory.read(FREEZE).map(text -> text.strip().equals("1")).orElse(false);
    }
}
