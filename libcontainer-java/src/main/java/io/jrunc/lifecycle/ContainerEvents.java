package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupWatch;
import io.jrunc.cgroup.Resctrl;
import io.jrunc.cgroup.ResctrlStats;
import io.jrunc.channel.Deadline;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.host.HostProcess;
import io.jrunc.host.MountTable;
import io.jrunc.os.Fd;
import io.jrunc.spec.IntelRdt;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** {@code events}: what a container uses, and that it ran out of memory. */
final class ContainerEvents
{
    private ContainerEvents() {}

    /** @throws StateException {@code container with id X is not running} */
    static String statistics(Session session, ContainerId id)
    {
        try (ExistingContainer container = running(session, id)) {
            warnWithoutCgroup(session, container, id);
            return line(session, container, id);
        }
    }

    /** Returns when the container has ended. A record that cannot be made is a warning; the next one may be better. */
    static void follow(Session session, ContainerId id, Duration interval, Consumer<String> line)
    {
        try (ExistingContainer container = running(session, id);
                HostProcess init = container.init().orElseThrow(() -> notRunning(id))) {
            warnWithoutCgroup(session, container, id);
            Optional<CgroupWatch> watch = watch(session, container, id);
            try {
                follow(session, container, init, watch, interval, line);
            }
            finally {
                watch.ifPresent(CgroupWatch::close);
            }
        }
    }

    private static void follow(Session session, ExistingContainer container, HostProcess init, Optional<CgroupWatch> watch, Duration interval, Consumer<String> line)
    {
        ContainerId id = container.state().id();
        List<Fd> sources = new ArrayList<>();
        watch.ifPresent(each -> sources.add(each.descriptor()));
        sources.add(init.descriptor());
        Deadline next = Deadline.after(interval);
        while (true) {
            boolean woken = session.channel().awaitOther(next, sources);
            session.channel().takeSignal().ifPresent(signal -> {
                throw new InterruptedCommandException(signal.signal());
            });
            if (woken) {
                switch (watch.map(CgroupWatch::news).orElse(CgroupWatch.News.NOTHING)) {
                    case OUT_OF_MEMORY -> line.accept(StatisticsJson.outOfMemory(id.text()));
                    case END -> {
                        return;
                    }
                    case NOTHING -> {
                        if (init.ended() && (watch.isEmpty() || container.cgroup().pids(true).isEmpty())) {
                            return;
                        }
                        // Others live on without the first process: from here only the cgroup tells of the end.
                        if (init.ended()) {
                            sources.remove(init.descriptor());
                        }
                    }
                }
            }
            else if (next.passed()) {
                statistics(session, container, id).ifPresent(line);
                next = Deadline.after(interval);
            }
        }
    }

    /** A user may have no cgroup, or one that he may not watch: the rest is told all the same. */
    private static Optional<CgroupWatch> watch(Session session, ExistingContainer container, ContainerId id)
    {
        if (!container.hasCgroup()) {
            return Optional.empty();
        }
        HostException none = new HostException("container \"" + id + "\" has no memory cgroup to watch");
        try {
            return Optional.of(container.cgroup().watch().orElseThrow(() -> none));
        }
        catch (HostException | ErrnoException e) {
            if (!container.state().rootless()) {
                throw e;
            }
            session.notices().warn("it cannot be told when container \"" + id + "\" runs out of memory: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static void warnWithoutCgroup(Session session, ExistingContainer container, ContainerId id)
    {
        if (!container.hasCgroup()) {
            session.notices().warn("container \"" + id + "\" has no cgroup of its own, so nothing is counted");
        }
    }

    private static String line(Session session, ExistingContainer container, ContainerId id)
    {
        CgroupStats cgroup = container.hasCgroup() ? container.cgroup().stats() : CgroupStats.NONE;
        return StatisticsJson.line(id.text(), cgroup, resctrl(MountTable.own(), () -> container.spec().linux().intelRdt(), id, session.notices()::warn));
    }

    /** @param asked what the container's configuration has of it; not looked for where no resctrl is mounted, which is nearly everywhere */
    static ResctrlStats resctrl(String mountinfo, Supplier<Optional<IntelRdt>> asked, ContainerId id, Consumer<String> warn)
    {
        Consumer<String> missing = why -> warn.accept("not all statistics of container \"" + id + "\": " + why);
        return Resctrl.mounted(mountinfo).flatMap(groups -> asked.get().map(rdt -> groups.stats(rdt, id.text(), missing))).orElse(ResctrlStats.NONE);
    }

    private static Optional<String> statistics(Session session, ExistingContainer container, ContainerId id)
    {
        try {
            return Optional.of(line(session, container, id));
        }
        catch (JruncException e) {
            session.notices().warn("no statistics of container \"" + id + "\" this time: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static ExistingContainer running(Session session, ContainerId id)
    {
        ExistingContainer container = ExistingContainer.open(session.store(), id);
        try {
            if (container.status() == Status.STOPPED) {
                throw notRunning(id);
            }
            return container;
        }
        catch (RuntimeException | Error e) {
            container.close();
            throw e;
        }
    }

    private static StateException notRunning(ContainerId id)
    {
        return new StateException("container with id " + id + " is not running");
    }
}
