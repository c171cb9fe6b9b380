package io.jrunc.lifecycle;

import io.jrunc.plan.PlanPrinter;
import io.jrunc.spec.Resources;
import io.jrunc.state.ContainerId;
import io.jrunc.state.StateStore;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * The containers below one state root, as one caller sees them: what every command of the command line is made of.
 *
 * <p><b>Errors</b>: every method throws a {@link io.jrunc.error.JruncException} that explains itself; what was begun is undone then,
 * or stands in the container's journal for {@link #delete}. {@link InterruptedCommandException} = the caller was told to end.
 */
public final class Containers
{
    private final Session session;

    private Containers(Session session)
    {
        this.session = session;
    }

    /**
     * @param root the state root, absolute; made when the first container needs it
     * @param cgroupRootless tolerate errors of cgroup permissions; empty = decide by who the caller is
     * @param linger how long to stay with a program that runs attached before its launcher goes on alone; empty = to its end
     */
    public static Containers below(Path root, Launcher launcher, Optional<Boolean> cgroupRootless, Notices notices, Optional<Duration> linger)
    {
        launcher.channel().onLog(said -> {
            if (said.warning()) {
                notices.warn(said.text());
            }
            else {
                notices.debug(said.text());
            }
        });
        return new Containers(new Session(launcher.channel(), launcher.caller(cgroupRootless), new StateStore(root), notices, launcher.provisions(), linger));
    }

    /** @return the exit code: that of the program when it ran attached, else 0; empty = its launcher goes on alone and is not to be told to exit */
    public OptionalInt create(CreateRequest request)
    {
        return LaunchContainer.launch(session, request);
    }

    /** The steps that {@link #create} would take here, as text. Touches nothing. */
    public String plan(CreateRequest request)
    {
        return PlanPrinter.print(LaunchContainer.plan(session, request));
    }

    public void start(String id)
    {
        StartContainer.start(session, new ContainerId(id));
    }

    /** @return as of {@link #create} */
    public OptionalInt exec(ExecRequest request)
    {
        return ExecProcess.exec(session, request);
    }

    /** @param all that the container does not run is no error */
    public void kill(String id, int signal, boolean all)
    {
        KillContainer.kill(session, new ContainerId(id), signal, all);
    }

    /** @param force end it first if it runs; that there is none is no error */
    public void delete(String id, boolean force)
    {
        DeleteContainer.delete(session, new ContainerId(id), force);
    }

    /**
     * Removes a container whose program has ended, as {@link #create} does when it runs one attached to its end. Nothing happens
     * when it was removed meanwhile, or another one has its name.
     */
    public void removeEnded(String id, int pid, long startTime)
    {
        DeleteContainer.ended(session, new ContainerId(id), pid, startTime);
    }

    /** Takes away what commands left that were killed. @return the ids of what was taken away */
    public List<String> collectGarbage()
    {
        return DeleteContainer.halfMade(session);
    }

    /** Saves a running container; it is gone afterwards unless it was to go on. */
    public void checkpoint(CheckpointRequest request)
    {
        CheckpointContainer.checkpoint(session, request);
    }

    /** @return as of {@link #create} */
    public OptionalInt restore(RestoreRequest request)
    {
        return LaunchContainer.restore(session, request);
    }

    public void pause(String id)
    {
        FreezeContainer.pause(session, new ContainerId(id));
    }

    public void resume(String id)
    {
        FreezeContainer.resume(session, new ContainerId(id));
    }

    /** @param change the new limits; see {@link io.jrunc.cgroup.ResourceUpdate} for what stays */
    public void update(String id, Resources change)
    {
        update(id, change, Optional.empty(), Optional.empty());
    }

    /** As {@link #update(String, Resources)}, with other schemas for the container's group of Intel RDT. */
    public void update(String id, Resources change, Optional<String> l3CacheSchema, Optional<String> memBwSchema)
    {
        UpdateContainer.update(session, new ContainerId(id), change, l3CacheSchema, memBwSchema);
    }

    /** What the container has used so far, as a line of JSON. */
    public String statistics(String id)
    {
        return ContainerEvents.statistics(session, new ContainerId(id));
    }

    /** Statistics at every interval, and out-of-memory kills as they happen, each a line of JSON; returns when the container has ended. */
    public void events(String id, Duration interval, Consumer<String> line)
    {
        ContainerEvents.follow(session, new ContainerId(id), interval, line);
    }

    public ContainerView state(String id)
    {
        return ContainerView.of(session, new ContainerId(id));
    }

    /** Sorted by id. @return empty = the state root does not exist */
    public Optional<List<ContainerView>> list()
    {
        return ContainerView.all(session);
    }

    /** Numbers of all processes of a container on the host. Empty = none is known. */
    public List<Integer> processes(String id)
    {
        return ContainerProcesses.pids(session, new ContainerId(id));
    }

    /** What the host's ps says of the container's processes. @param options for ps */
    public String ps(String id, List<String> options)
    {
        return ContainerProcesses.table(session, new ContainerId(id), options);
    }

    /** The caller's standard input, to its end. */
    public byte[] standardInput()
    {
        return StandardInput.read(session);
    }
}
