package io.jrunc.lifecycle;

import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.hooks.HookState;
import io.jrunc.host.HostProcess;
import io.jrunc.spec.Hooks;
import io.jrunc.spec.RuntimeSpecVersion;
import io.jrunc.spec.Spec;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Journal;
import io.jrunc.state.StateStore;
import io.jrunc.state.Status;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code delete}: takes a container away, whole or half made.
 */
final class DeleteContainer
{
    private static final int SIGKILL = 9;

    private final Session session;
    private final ContainerDirectory directory;
    private final boolean force;

    private DeleteContainer(Session session, ContainerDirectory directory, boolean force)
    {
        this.session = session;
        this.directory = directory;
        this.force = force;
    }

    /**
     * @param force end it first if it runs; and that there is none is no error
     * @throws StateException when it is not stopped and was not to be forced, or does not exist
     */
    static void delete(Session session, ContainerId id, boolean force)
    {
        Optional<ContainerDirectory> found = session.store().find(id);
        if (found.isEmpty()) {
            if (force) {
                return;
            }
            throw StateStore.noSuchContainer(id);
        }
        try (ContainerDirectory directory = found.get()) {
            new DeleteContainer(session, directory, force).delete();
        }
    }

    /**
     * Removes the container that this process was the first of, now that it has ended.
     *
     * @throws StateException when it has not
     */
    static void ended(Session session, ContainerId id, int pid, long startTime)
    {
        Optional<ContainerDirectory> found = session.store().find(id);
        if (found.isEmpty()) {
            return;
        }
        try (ContainerDirectory directory = found.get()) {
            boolean itself = directory.lockIfThere(Deadlines.LOCK)
                    && directory.state().filter(state -> state.pid() == pid && state.startTime() == startTime).isPresent();
            if (!itself) {
                return;
            }
            HostProcess.find(pid, startTime).ifPresent(process -> {
                process.close();
                throw new StateException("cannot remove container " + id + " that is not stopped");
            });
            new DeleteContainer(session, directory, false).remove();
        }
    }

    /**
     * Takes away containers that nobody is making or removing any more and that never became one.
     *
     * @return their ids
     */
    static List<String> halfMade(Session session)
    {
        List<String> gone = new ArrayList<>();
        for (ContainerId id : session.store().ids().orElse(List.of())) {
            session.store().find(id).ifPresent(directory -> {
                try (directory) {
                    if (directory.tryLock() && directory.state().isEmpty()) {
                        Demolition.of(directory).carryOut();
                        gone.add(id.text());
                    }
                }
            });
        }
        return gone;
    }

    private void delete()
    {
        if (force) {
            // Whoever holds the lock waits for this process, or finds it gone; without it dead that could take for ever.
            endInit();
        }
        try {
            directory.lock(Deadlines.LOCK);
        }
        catch (StateException e) {
            if (force && session.store().find(directory.id()).isEmpty()) {
                return;
            }
            throw e;
        }
        if (directory.state().isEmpty()) {
            // Left by a command that was killed. It is taken away either way; only --force calls that a success.
            Demolition.of(directory).carryOut();
            if (!force) {
                throw StateStore.noSuchContainer(directory.id());
            }
            return;
        }
        try (ExistingContainer container = ExistingContainer.open(session.store(), directory.id())) {
            Status status = container.status();
            if (!force && (status == Status.RUNNING || status == Status.PAUSED)) {
                throw new StateException("cannot delete container " + directory.id() + " that is not stopped: " + status.word());
            }
        }
        remove();
    }

    private void remove()
    {
        Optional<HookRunner> hooks = hooks();
        Demolition.of(directory).carryOut();
        hooks.ifPresent(runner -> Poststop.run(session, runner));
    }

    private void endInit()
    {
        for (Journal.Entry entry : directory.begun()) {
            if (entry instanceof Journal.Entry.Init(int pid, long startTime)) {
                HostProcess.find(pid, startTime).ifPresent(process -> {
                    try (process) {
                        process.signal(SIGKILL);
                    }
                });
            }
        }
    }

    /** Empty when the saved configuration cannot be read any more: that must not keep a container from being deleted. */
    private Optional<HookRunner> hooks()
    {
        try {
            return directory.config().map(Bundle::parse).filter(spec -> !spec.hooks().equals(Hooks.NONE)).map(this::hooksOf);
        }
        catch (JruncException e) {
            session.notices().warn("poststop hooks of container \"" + directory.id() + "\" are not run: " + e.getMessage());
            return Optional.empty();
        }
    }

    private HookRunner hooksOf(Spec spec)
    {
        String bundle = directory.state().map(state -> state.bundle()).orElse("/");
        return new HookRunner(spec.hooks(), new HookState(RuntimeSpecVersion.SUPPORTED.text(), directory.id().text(), bundle, spec.annotations()));
    }
}
