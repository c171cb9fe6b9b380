package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import java.time.Duration;
import java.util.Optional;

import static io.jrunc.error.Errno.ENOENT;

/**
 * freezer.state. A v1 cgroup in which processes keep appearing can stay FREEZING for ever, so it is told again and again,
 * now and then thawed in between, and in the end thawed for good.
 */
final class V1Freezer
{
    private static final String STATE = "freezer.state";

    /** After so many refusals a short thaw lets half-made processes through. */
    private static final int TRIES_BEFORE_THAW = 50;

    private V1Freezer() {}

    static void freeze(CgroupDirectory directory, Duration limit)
    {
        Deadline deadline = Deadline.after(limit);
        boolean frozen = false;
        try {
            for (int i = 1; !frozen; i++) {
                directory.write(STATE, "FROZEN");
                frozen = state(directory).equals("FROZEN");
                if (!frozen && deadline.passed()) {
                    throw new HostException("unable to freeze the cgroup " + directory + " within " + limit.toMillis() + " ms");
                }
                if (!frozen && i % TRIES_BEFORE_THAW == 0) {
                    directory.write(STATE, "THAWED");
                    deadline.pause(Duration.ofMillis(10));
                }
                else if (!frozen) {
                    deadline.pause(Duration.ofNanos(50_000));
                }
            }
        }
        catch (ErrnoException e) {
            throw new HostException("unable to freeze the cgroup " + directory + ": " + e.getMessage(), e);
        }
        finally {
            if (!frozen) {
                thawQuietly(directory);
            }
        }
    }

    static void thaw(CgroupDirectory directory)
    {
        try {
            directory.write(STATE, "THAWED");
        }
        catch (ErrnoException e) {
            throw new HostException("unable to thaw the cgroup " + directory + ": " + e.getMessage(), e);
        }
    }

    /** FROZEN may come from a cgroup above: freezer.self_freezing (Linux 3.8) tells whose wish it is. */
    static boolean isFrozen(CgroupDirectory directory)
    {
        Optional<String> state = directory.read(STATE);
        if (state.isEmpty() || state.get().strip().equals("THAWED")) {
            return false;
        }
        return directory.read("freezer.self_freezing").map(self -> self.strip().equals("1")).orElse(true);
    }

    private static String state(CgroupDirectory directory)
    {
        return directory.read(STATE).map(String::strip).orElseThrow(() -> new ErrnoException("read", directory + "/" + STATE, ENOENT));
    }

    private static void thawQuietly(CgroupDirectory directory)
    {
        try {
            directory.write(STATE, "THAWED");
        }
        catch (ErrnoException gone) {
            // The failure that brought us here is the one to report.
        }
    }
}
