package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.ProcessCalls;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ESRCH;

/** Signals to processes known by number only, without ever hitting one that got the number second. */
final class ProcessSignal
{
    private ProcessSignal() {}

    /**
     * First hold each process by a pidfd, then ask again who is inside: a number that is still listed belongs to the
     * process held, or to another one inside, which is owed the signal as well.
     */
    static void send(int signal, List<Integer> pids, Supplier<List<Integer>> inside)
    {
        Map<Integer, Fd> held = new LinkedHashMap<>();
        try {
            for (int pid : pids) {
                try {
                    held.put(pid, ProcessCalls.open(pid));
                }
                catch (ErrnoException e) {
                    // EINVAL: the number is only a thread's now. Both mean that the process has gone.
                    if (!e.is(ESRCH, EINVAL)) {
                        throw new HostException("cannot signal process " + pid + ": " + e.getMessage(), e);
                    }
                }
            }
            Set<Integer> still = new HashSet<>(inside.get());
            held.forEach((pid, fd) -> {
                if (still.contains(pid)) {
                    signalOne(signal, pid, fd);
                }
            });
        }
        finally {
            held.values().forEach(Fd::close);
        }
    }

    private static void signalOne(int signal, int pid, Fd pidfd)
    {
        try {
            ProcessCalls.signal(pidfd, signal);
        }
        catch (ErrnoException e) {
            throw new HostException("cannot signal process " + pid + ": " + e.getMessage(), e);
        }
    }
}
