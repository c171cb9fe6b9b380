package io.jrunc.lifecycle;

import io.jrunc.error.StateException;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

/** {@code pause} and {@code resume}: all processes of a container stop where they are, and go on from there. */
final class FreezeContainer
{
    private FreezeContainer() {}

    /** Returns when the kernel confirms it. @throws StateException {@code container not running} */
    static void pause(Session session, ContainerId id)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            container.directory().lock(Deadlines.LOCK);
            Status status = container.status();
            if (status != Status.RUNNING && status != Status.CREATED) {
                throw new StateException("container not running");
            }
            container.cgroup().freeze(Deadlines.FREEZE);
        }
    }

    /** Together with an exec that waits for it, hence no lock of its own. @throws StateException {@code container not paused} */
    static void resume(Session session, ContainerId id)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            container.directory().lockShared(Deadlines.LOCK);
            if (container.status() != Status.PAUSED) {
                throw new StateException("container not paused");
            }
            container.cgroup().thaw();
        }
    }
}
