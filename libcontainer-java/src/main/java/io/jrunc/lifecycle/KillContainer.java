package io.jrunc.lifecycle;

import io.jrunc.error.StateException;
import io.jrunc.host.HostProcess;
import io.jrunc.spec.NamespaceType;
import io.jrunc.state.ContainerId;

import java.util.Optional;

/**
 * {@code kill}. Takes no lock: a signal must reach a container whose starter hangs in a hook.
 */
final class KillContainer
{
    private static final int SIGKILL = 9;

    private KillContainer() {}

    /**
     * Sends a signal to the init; SIGKILL to every process of a container without a pid namespace of its own, where the init's end
     * does not take them along.
     *
     * @param all what {@code --all} asks for: that a container that does not run is no error
     * @throws StateException {@code container not running}, {@code container does not exist}
     */
    static void kill(Session session, ContainerId id, int signal, boolean all)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            Optional<HostProcess> init = container.init();
            boolean sharedPids = !container.spec().linux().creates(NamespaceType.PID);
            boolean sent = false;
            if (init.isPresent()) {
                try (HostProcess process = init.get()) {
                    sent = process.signal(signal);
                }
            }
            if (signal == SIGKILL && container.hasCgroup() && container.cgroup().exists()) {
                if (sharedPids) {
                    sent |= !container.cgroup().pids(true).isEmpty();
                    container.cgroup().signalAll(SIGKILL);
                }
                else if (sent) {
                    thawForDeath(container);
                }
            }
            else if (signal == SIGKILL && sharedPids && !container.hasCgroup()) {
                session.notices().warn("killing container \"" + id + "\" without a cgroup and without a pid namespace of its own may leave processes behind. Hint: enable cgroup v2 delegation");
            }
            if (!sent && !all) {
                throw new StateException("container not running");
            }
        }
    }

    /** A process frozen by cgroup v1 does not die before it is thawed. */
    private static void thawForDeath(ExistingContainer container)
    {
        if (container.cgroup().isFrozen() && !container.state().cgroupPaths().getOrDefault("freezer", "").isEmpty()) {
            container.cgroup().thaw();
        }
    }
}
