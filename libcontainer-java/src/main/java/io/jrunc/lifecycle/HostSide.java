package io.jrunc.lifecycle;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.HostProcess;
import io.jrunc.spec.Rlimit;

import java.util.List;
import java.util.function.Supplier;

/** What the engine does to a process from the host's side, with refusals in the user's words. */
final class HostSide
{
    private HostSide() {}

    static void setRlimits(HostProcess process, List<Rlimit> limits)
    {
        for (int i = 0; i < limits.size(); i++) {
            Rlimit limit = limits.get(i);
            attempt("process.rlimits[" + i + "]", "set " + limit.type().word() + " to " + Long.toUnsignedString(limit.soft()) + ":" + Long.toUnsignedString(limit.hard()),
                    () -> process.limit(limit.type().number(), limit.soft(), limit.hard()));
        }
    }

    static void setOomScoreAdj(HostProcess process, int value)
    {
        attempt("process.oomScoreAdj", "set the OOM score", () -> process.oomScoreAdj(value));
    }

    static void attempt(String place, String what, Runnable action)
    {
        attempt(place, what, () -> {
            action.run();
            return null;
        });
    }

    /** @param place in config.json; @param what with the verb first, after "cannot" */
    static <T> T attempt(String place, String what, Supplier<T> action)
    {
        try {
            return action.get();
        }
        catch (ErrnoException e) {
            throw new HostException(place + ": cannot " + what + ": " + e.getMessage(), e);
        }
    }
}
