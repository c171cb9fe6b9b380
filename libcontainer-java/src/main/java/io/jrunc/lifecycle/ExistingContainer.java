package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.Tolerance;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.hooks.HookState;
import io.jrunc.host.HostFacts;
import io.jrunc.host.HostProcess;
import io.jrunc.spec.RuntimeSpecVersion;
import io.jrunc.spec.Spec;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.ContainerId;
import io.jrunc.state.ContainerState;
import io.jrunc.state.StateStore;
import io.jrunc.state.Status;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * A container that was created, as a command finds it: what was saved, and what the kernel says now.
 */
final class ExistingContainer implements AutoCloseable
{
    private final ContainerDirectory directory;
    private final ContainerState state;

    private ExistingContainer(ContainerDirectory directory, ContainerState state)
    {
        this.directory = directory;
        this.state = state;
    }

    /** @throws io.jrunc.error.StateException {@code container does not exist}, also while it is only half made */
    static ExistingContainer open(StateStore store, ContainerId id)
    {
        ContainerDirectory directory = store.get(id);
        try {
            return new ExistingContainer(directory, directory.state().orElseThrow(() -> StateStore.noSuchContainer(id)));
        }
        catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    ContainerDirectory directory()
    {
        return directory;
    }

    ContainerState state()
    {
        return state;
    }

    /** The init, if it still is the one that was made. The caller closes it. */
    Optional<HostProcess> init()
    {
        return HostProcess.find(state.pid(), state.startTime());
    }

    CgroupDriver cgroup()
    {
        return cgroup(warning -> { });
    }

    /** @param warn of what a limit comes to that is not as it was asked for */
    CgroupDriver cgroup(Consumer<String> warn)
    {
        Tolerance tolerance = new Tolerance(state.rootless(), true, HostFacts.here().inUserNamespace());
        return CgroupDriver.load(HostFacts.here().cgroups(), state.cgroupPaths(), tolerance, state.unit().map(SystemdCgroup::unit), warn);
    }

    boolean hasCgroup()
    {
        return !state.cgroupPaths().isEmpty();
    }

    /** Asked of the kernel each time: a saved status would be wrong after any death. */
    Status status()
    {
        Optional<HostProcess> init = init();
        if (init.isEmpty()) {
            return Status.STOPPED;
        }
        init.get().close();
        if (frozen()) {
            return Status.PAUSED;
        }
        return directory.awaitsStart() ? Status.CREATED : Status.RUNNING;
    }

    private boolean frozen()
    {
        try {
            return hasCgroup() && cgroup().isFrozen();
        }
        catch (HostException | ErrnoException e) {
            // The cgroup goes while its last process does.
            return false;
        }
    }

    /** The configuration it was made from, not what the bundle says today. */
    Spec spec()
    {
        return Bundle.parse(directory.config().orElseThrow(() -> new HostException("the saved config.json of container \"" + state.id() + "\" is missing")));
    }

    HookRunner hooks()
    {
        return new HookRunner(spec().hooks(), new HookState(RuntimeSpecVersion.SUPPORTED.text(), state.id().text(), state.bundle(), state.annotations()));
    }

    @Override
    public void close()
    {
        directory.close();
    }
}
