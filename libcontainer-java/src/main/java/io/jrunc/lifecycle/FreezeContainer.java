package io.jrunc.lifecycle;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.EPERM;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
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
            if (!container.hasCgroup()) {
                throw new HostException("container \"" + id + "\" has no cgroup of its own, so it cannot be paused");
            }
            warnIfDenied(session, "pause", () -> container.cgroup().freeze(Deadlines.FREEZE));
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
            warnIfDenied(session, "resume", () -> container.cgroup().thaw());
        }
    }

    /** A user may have been given part of the tree only. */
    private static void warnIfDenied(Session session, String command, Runnable action)
    {
        try {
            action.run();
        }
        catch (HostException | ErrnoException e) {
            Throwable cause = e instanceof ErrnoException ? e : e.getCause();
            if (cause instanceof ErrnoException errno && errno.is(EACCES, EPERM)) {
                session.notices().warn("jrunc " + command + " failure might be caused by lack of full access to cgroups");
            }
            throw e;
        }
    }
}
