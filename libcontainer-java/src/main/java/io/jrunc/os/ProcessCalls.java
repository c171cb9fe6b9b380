package io.jrunc.os;

import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.ESRCH;

import io.jrunc.error.ErrnoException;

import java.util.Optional;

/**
 * Other processes, by pidfd wherever a stranger could have taken the number.
 *
 * <p><b>Errors</b>: {@link ErrnoException}; ESRCH = the process is gone.
 */
public final class ProcessCalls
{
    private ProcessCalls() {}

    public static int pid()
    {
        return (int) Kernel.raw(Nr.GETPID, 0, 0, 0);
    }

    public static int effectiveUid()
    {
        return (int) Kernel.raw(Nr.GETEUID, 0, 0, 0);
    }

    public static int effectiveGid()
    {
        return (int) Kernel.raw(Nr.GETEGID, 0, 0, 0);
    }

    /** A descriptor of a process; readable for poll once it has ended. */
    public static Fd open(int pid)
    {
        return find(pid).orElseThrow(() -> new ErrnoException("pidfd_open", "pid " + pid, ESRCH));
    }

    /** The same; empty = there is no such process. */
    public static Optional<Fd> find(int pid)
    {
        long result = Kernel.raw(Nr.PIDFD_OPEN, pid, 0, 0);
        // The number of a thread, which is no process: EINVAL, since Linux 6.9 ENOENT.
        if (result == -ESRCH || result == -ENOENT || result == -EINVAL && pid > 0) {
            return Optional.empty();
        }
        if (result < 0) {
            throw new ErrnoException("pidfd_open", "pid " + pid, (int) -result);
        }
        return Optional.of(Fd.adopt((int) result));
    }

    /** @return false = it is gone already */
    public static boolean signal(Fd process, int signal)
    {
        long result = Kernel.raw(Nr.PIDFD_SEND_SIGNAL, process.raw(), signal, 0);
        if (result < 0 && result != -ESRCH) {
            throw new ErrnoException("pidfd_send_signal", "signal " + signal, (int) -result);
        }
        return result >= 0;
    }

    /** A copy of another process's descriptor. */
    public static Fd descriptorOf(Fd process, int number)
    {
        return Fd.adopt((int) Kernel.call("pidfd_getfd", "descriptor " + number, Nr.PIDFD_GETFD, process.raw(), number, 0));
    }

    /** @param resource RLIMIT_* number; @param soft, hard -1 = unlimited */
    public static void limit(int pid, int resource, long soft, long hard)
    {
        try (Scratch scratch = Scratch.open()) {
            int limits = scratch.take(16);
            scratch.putLong(limits, soft);
            scratch.putLong(limits + 8, hard);
            Kernel.call("prlimit64", "resource " + resource, Nr.PRLIMIT64, pid, resource, scratch.address(limits), 0, 0);
        }
    }

    /** Which CPUs a process may run on; bit n of byte n/8, as long as the kernel's mask. */
    public static byte[] affinity(int pid)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.room(8192);
            int length = (int) Kernel.call("sched_getaffinity", "pid " + pid, Nr.SCHED_GETAFFINITY, pid, 8192, scratch.address(room));
            return scratch.copy(room, length);
        }
    }
}
