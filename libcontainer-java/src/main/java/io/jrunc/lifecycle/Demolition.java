package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.Resctrl;
import io.jrunc.cgroup.Tolerance;
import io.jrunc.cgroup.systemd.SystemdUnit;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.host.CallerFile;
import io.jrunc.host.HostFacts;
import io.jrunc.host.HostProcess;
import io.jrunc.spec.NamespaceType;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.Journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes a container away, finished or half made, by what its journal says was begun. The container's lock is held.
 */
final class Demolition
{
    private static final int SIGKILL = 9;
    /** More than a process's number has digits. */
    private static final int PID = 32;

    private final ContainerDirectory directory;
    private final List<Journal.Entry> begun;
    /** From who has made it; empty = it is found by what the journal says. */
    private final Optional<CgroupDriver> known;

    private Demolition(ContainerDirectory directory, List<Journal.Entry> begun, Optional<CgroupDriver> known)
    {
        this.directory = directory;
        this.begun = begun;
        this.known = known;
    }

    static Demolition of(ContainerDirectory directory)
    {
        return new Demolition(directory, directory.begun(), Optional.empty());
    }

    /** @param made the container's cgroup, by its driver that has made it and that excuses nothing */
    static Demolition of(ContainerDirectory directory, CgroupDriver made)
    {
        return new Demolition(directory, directory.begun(), Optional.of(made));
    }

    /**
     * Processes first, then what they were in, then the record of it all. May be called again after a failure.
     *
     * @throws io.jrunc.error.JruncException when something stays; the journal still says what
     */
    void carryOut()
    {
        boolean started = directory.hasState();
        endProcesses();
        removeCgroups();
        removeResctrlGroups();
        if (!started) {
            removePidFiles();
        }
        directory.delete();
    }

    private void endProcesses()
    {
        for (Journal.Entry entry : begun.reversed()) {
            if (entry instanceof Journal.Entry.Init(int pid, long startTime)) {
                HostProcess.find(pid, startTime).ifPresent(this::end);
            }
        }
    }

    private void end(HostProcess process)
    {
        try (process) {
            // A frozen process does not die before it is thawed; the cgroup knows how.
            cgroup().filter(CgroupDriver::exists).ifPresent(cgroup -> cgroup.signalAll(SIGKILL));
            process.signal(SIGKILL);
            if (!process.awaitEnd(Deadlines.DEATH)) {
                throw new StateException("container init still running: process " + process.pid() + " of container \"" + directory.id() + "\" does not die");
            }
        }
    }

    private void removeCgroups()
    {
        cgroup().ifPresent(cgroup -> {
            if (cgroup.deleteIfEmpty()) {
                return;
            }
            // What stands in the journal is a path. If nobody of ours can be in it any more, whoever is there has made it his own.
            if (initBegun() && outlivesItsInit() && cgroup.exists()) {
                cgroup.signalAll(SIGKILL);
            }
            try {
                cgroup.delete(Deadlines.CGROUP);
            }
            catch (JruncException | ErrnoException e) {
                if (initBegun()) {
                    throw e;
                }
            }
        });
        List<Path> parents = new ArrayList<>();
        for (Journal.Entry entry : begun) {
            if (entry instanceof Journal.Entry.CgroupParent(String path)) {
                parents.add(Path.of(path));
            }
        }
        parents.reversed().forEach(Demolition::removeIfEmpty);
    }

    private boolean initBegun()
    {
        return begun.stream().anyMatch(Journal.Entry.Init.class::isInstance);
    }

    /** Processes may be left when the init has ended: it was not the first of a pid namespace, whose end takes all others along, or not alone. */
    private boolean outlivesItsInit()
    {
        if (begun.contains(new Journal.Entry.Criu())) {
            return true;
        }
        try {
            return directory.config().map(Bundle::parse).map(spec -> !spec.linux().creates(NamespaceType.PID)).orElse(true);
        }
        catch (JruncException e) {
            // A configuration that cannot be read any more must not keep its processes alive.
            return true;
        }
    }

    /** The group for monitoring, which lies in the other one, was begun last. */
    private void removeResctrlGroups()
    {
        for (Journal.Entry entry : begun.reversed()) {
            if (entry instanceof Journal.Entry.ResctrlGroup(String path)) {
                Resctrl.remove(Path.of(path));
            }
        }
    }

    /** A directory that others use meanwhile stays theirs. */
    private static void removeIfEmpty(Path cgroup)
    {
        try {
            Files.delete(cgroup);
        }
        catch (IOException e) {
            // Gone already, or in use by somebody else now.
        }
    }

    private void removePidFiles()
    {
        for (Journal.Entry entry : begun) {
            if (entry instanceof Journal.Entry.PidFile(String path)) {
                try {
                    if (CallerFile.readOrdinary(Path.of(path), PID).filter(this::isOurs).isPresent()) {
                        Files.delete(Path.of(path));
                    }
                }
                catch (IOException | ErrnoException | HostException e) {
                    // The caller's own file in the caller's own place: nothing of ours hangs on it.
                }
            }
        }
    }

    /** Or another container's, made since in the same place. */
    private boolean isOurs(byte[] pidFile)
    {
        return begun.stream().anyMatch(entry -> entry instanceof Journal.Entry.Init(int pid, long ignored) && new String(pidFile, StandardCharsets.US_ASCII).equals(Integer.toString(pid)));
    }

    private Optional<CgroupDriver> cgroup()
    {
        Optional<SystemdUnit> unit = Optional.empty();
        for (Journal.Entry entry : begun.reversed()) {
            if (entry instanceof Journal.Entry.Unit made) {
                unit = Optional.of(SystemdCgroup.unit(made));
            }
            if (entry instanceof Journal.Entry.Cgroup(Map<String, String> paths) && !paths.isEmpty()) {
                return known.isPresent() ? known : Optional.of(CgroupDriver.load(HostFacts.here().cgroups(), paths, Tolerance.STRICT, unit, warning -> { }));
            }
        }
        return Optional.empty();
    }
}
