package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.Errno;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.error.StepException;
import io.jrunc.host.HostProcess;
import io.jrunc.host.Report;
import io.jrunc.os.Fd;
import io.jrunc.plan.PlanBuilder;
import io.jrunc.spec.Hook;
import io.jrunc.spec.HookKind;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code start}: lets the init of a created container go on, and tells whether its program was executed.
 */
final class StartContainer
{
    private final Session session;
    private final ExistingContainer container;

    private StartContainer(Session session, ExistingContainer container)
    {
        this.session = session;
        this.container = container;
    }

    /**
     * Returns when the program runs and the poststart hooks have succeeded.
     *
     * @throws StateException when the container is not "created"
     * @throws HostException when a hook failed; the container is gone then
     */
    static void start(Session session, ContainerId id)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            container.directory().lock(Deadlines.LOCK);
            new StartContainer(session, container).start();
        }
    }

    private void start()
    {
        Status status = container.status();
        switch (status) {
            case CREATED -> { }
            case RUNNING -> throw new StateException("cannot start an already running container");
            case STOPPED -> throw new StateException("cannot start a container that has stopped");
            case PAUSED, CREATING -> throw new StateException("cannot start a container in the " + status.word() + " state");
        }
        HookRunner hooks = container.hooks();
        try (HostProcess init = container.init().orElseThrow(() -> new StateException("cannot start a container that has stopped"))) {
            Optional<Readiness> readiness = Readiness.listen(session, container.directory());
            try {
                release(init, hooks);
            }
            catch (RuntimeException | Error e) {
                readiness.ifPresent(Readiness::close);
                throw e;
            }
            // It runs: a poststart hook may exec in it.
            container.directory().lockShared(Deadlines.LOCK);
            Optional<String> failure = Outside.runAll(session, hooks, HookKind.POSTSTART, OptionalInt.of(init.pid()));
            if (failure.isPresent()) {
                readiness.ifPresent(Readiness::close);
                Demolition.of(container.directory()).carryOut();
                Poststop.run(session, hooks);
                throw new HostException(failure.get());
            }
            // Others may look at the container, and end it, while its program makes itself ready.
            readiness.ifPresent(ready -> {
                try (ready) {
                    container.directory().unlock();
                    ready.await(init);
                }
            });
        }
    }

    private void release(HostProcess init, HookRunner hooks)
    {
        Duration limit = Deadlines.EXEC;
        for (Hook hook : hooks.of(HookKind.START_CONTAINER)) {
            limit = limit.plus(HookRunner.limit(hook));
        }
        byte[] report;
        try (Fd fifo = container.directory().openReport()) {
            container.directory().writeStart();
            report = Report.read(fifo, limit);
        }
        container.directory().removeStartFifos();
        Optional<StepException> failure = Channel.reported(report);
        if (failure.isPresent()) {
            init.awaitEnd(Deadlines.DEATH);
            throw failed(failure.get(), hooks);
        }
        if (report.length == 0) {
            throw new StateException("container process is already dead: the init ended before it executed its program", Diagnosis.NONE.withFix("look at its output; jrunc delete removes it"), null);
        }
    }

    /** A startContainer hook that failed takes the container with it; a failed exec leaves it stopped, as any ended program does. */
    private RuntimeException failed(StepException raw, HookRunner hooks)
    {
        if (!raw.step().equals("hook")) {
            return raw.explained("exec " + raw.object() + ": " + Errno.text(raw.errno()), Diagnosis.NONE);
        }
        int index = raw.index() - PlanBuilder.stepsBeforeStartHooks(container.spec());
        Demolition.of(container.directory()).carryOut();
        Poststop.run(session, hooks);
        String why = raw.detail().isEmpty() ? raw.call() + " " + raw.object() + ": " + Errno.text(raw.errno()) : raw.detail().replace("\n", ", stderr: ");
        return new HostException("error running startContainer hook #" + index + ": " + why, Diagnosis.NONE, raw);
    }
}
