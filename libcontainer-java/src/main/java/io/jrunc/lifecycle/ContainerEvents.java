package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupWatch;
import io.jrunc.channel.Deadline;
import io.jrunc.error.HostException;
import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.host.HostProcess;
import io.jrunc.os.Fd;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** {@code events}: what a container uses, and that it ran out of memory. */
final class ContainerEvents
{
    private ContainerEvents() {}

    /** @throws StateException {@code container with id X is not running} */
    static String statistics(Session session, ContainerId id)
    {
        try (ExistingContainer container = running(session, id)) {
            return StatisticsJson.line(id.text(), container.cgroup().stats());
        }
    }

    /** Returns when the container has ended. A record that cannot be made is a warning; the next one may be better. */
    static void follow(Session session, ContainerId id, Duration interval, Consumer<String> line)
    {
        try (ExistingContainer container = running(session, id);
                HostProcess init = container.init().orElseThrow(() -> notRunning(id));
                CgroupWatch watch = container.cgroup().watch().orElseThrow(() -> new HostException("container \"" + id + "\" has no memory cgroup to watch"))) {
            List<Fd> sources = new ArrayList<>(List.of(watch.descriptor(), init.descriptor()));
            Deadline next = Deadline.after(interval);
            while (true) {
                boolean woken = session.channel().awaitOther(next, sources);
                session.channel().takeSignal().ifPresent(signal -> {
                    throw new InterruptedCommandException(signal.signal());
                });
                if (woken) {
                    switch (watch.news()) {
                        case OUT_OF_MEMORY -> line.accept(StatisticsJson.outOfMemory(id.text()));
                        case END -> {
                            return;
                        }
                        case NOTHING -> {
                            if (init.ended() && container.cgroup().pids(true).isEmpty()) {
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
    }

    private static Optional<String> statistics(Session session, ExistingContainer container, ContainerId id)
    {
        try {
            return Optional.of(StatisticsJson.line(id.text(), container.cgroup().stats()));
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
            if (!container.hasCgroup()) {
                throw new HostException("container \"" + id + "\" has no cgroup of its own, so nothing is counted");
            }
            return container;
        }
        catch (RuntimeException e) {
            container.close();
            throw e;
        }
    }

    private static StateException notRunning(ContainerId id)
    {
        return new StateException("container with id " + id + " is not running");
    }
}
