package io.jrunc.host;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EPERM;
import static io.jrunc.error.Errno.ESRCH;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.ProcHandle;
import io.jrunc.os.ProcHandle.ProcessStat;
import io.jrunc.os.ProcessCalls;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One process of the host that cannot be taken for another: a pid with the moment it started, and a descriptor of it.
 *
 * <p>Closing it lets go of the descriptor, not of the process.
 */
public final class HostProcess implements AutoCloseable
{
    private final int pid;
    private final long startTime;
    private final Fd descriptor;

    private HostProcess(int pid, long startTime, Fd descriptor)
    {
        this.pid = pid;
        this.startTime = startTime;
        this.descriptor = descriptor;
    }

    /**
     * A process that the shim has just made; takes the descriptor over.
     *
     * @throws ErrnoException ESRCH when it is gone already and reaped
     */
    public static HostProcess of(int pid, Fd descriptor)
    {
        try {
            ProcessStat stat = ProcHandle.host().process(pid).orElseThrow(() -> new ErrnoException("open", "/proc/" + pid + "/stat", ESRCH));
            return new HostProcess(pid, stat.startTime(), descriptor);
        }
        catch (RuntimeException | Error e) {
            descriptor.close();
            throw e;
        }
    }

    /** The process that a record names; empty = it is gone, a zombie, or its number belongs to another one now. */
    public static Optional<HostProcess> find(int pid, long startTime)
    {
        if (pid <= 0) {
            return Optional.empty();
        }
        Optional<Fd> found = ProcessCalls.find(pid);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Fd descriptor = found.get();
        // Looked at after the descriptor was opened: if the start time fits now, the descriptor is that process's.
        Optional<ProcessStat> stat = ProcHandle.host().process(pid);
        if (stat.isPresent() && stat.get().startTime() == startTime && !stat.get().dead()) {
            return Optional.of(new HostProcess(pid, startTime, descriptor));
        }
        descriptor.close();
        return Optional.empty();
    }

    public int pid()
    {
        return pid;
    }

    /** Clock ticks after boot. */
    public long startTime()
    {
        return startTime;
    }

    public Fd descriptor()
    {
        return descriptor;
    }

    /** @return false = it is gone already */
    public boolean signal(int signal)
    {
        return ProcessCalls.signal(descriptor, signal);
    }

    /** Waits for its end. @return false = it was still there when the time was up */
    public boolean awaitEnd(Duration limit)
    {
        return FileCalls.poll(Optional.of(limit), FileCalls.POLLIN, descriptor)[0] != 0;
    }

    public boolean ended()
    {
        return awaitEnd(Duration.ZERO);
    }

    /** A copy of one of its descriptors. */
    public Fd descriptorOf(int number)
    {
        return ProcessCalls.descriptorOf(descriptor, number);
    }

    /**
     * What its descriptors from 0 up lead to, as links of /proc/PID/fd say it: a path, {@code pipe:[4711]}.
     *
     * @return one for each; "" = that one is closed, or may not be seen
     */
    public List<String> descriptorNames(int count)
    {
        try {
            return ProcHandle.host().readLinks(pid + "/fd", IntStream.range(0, count).mapToObj(Integer::toString).toList());
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ESRCH, EACCES, EPERM)) {
                return Collections.nCopies(count, "");
            }
            throw e;
        }
    }

    /** @param resource RLIMIT_* number; @param soft, hard -1 = unlimited; @throws ErrnoException EPERM when a hard limit would rise */
    public void limit(int resource, long soft, long hard)
    {
        ProcessCalls.limit(pid, resource, soft, hard);
    }

    /** @param value -1000 to 1000 */
    public void oomScoreAdj(int value)
    {
        ProcHandle.host().write(pid + "/oom_score_adj", Integer.toString(value));
    }

    /** Its short name, up to 15 bytes, as it is now; empty = it is gone. */
    public Optional<String> name()
    {
        try {
            return Optional.of(ProcHandle.host().read(pid + "/comm", 64).strip());
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ESRCH)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The inode text of one of its namespaces, e.g. {@code net:[4026531840]}; empty = it is gone. */
    public Optional<String> namespace(String kind)
    {
        try {
            return Optional.of(ProcHandle.host().readLink(pid + "/ns/" + kind));
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ESRCH)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public void close()
    {
        descriptor.close();
    }

    @Override
    public String toString()
    {
        return "process " + pid;
    }
}
