package io.jrunc.lifecycle;

import io.jrunc.criu.CriuOptions;
import io.jrunc.criu.CriuRequest;
import io.jrunc.criu.CriuResponse;
import io.jrunc.criu.Descriptors;
import io.jrunc.criu.StatusDescriptor;
import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.Exhausted;
import io.jrunc.error.HostException;
import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.error.StepException;
import io.jrunc.error.UsageException;
import io.jrunc.host.HostProcess;
import io.jrunc.host.MountTable;
import io.jrunc.host.RootPath;
import io.jrunc.os.Fd;
import io.jrunc.plan.CriuPlanBuilder;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.ExternalMounts;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.RunOptions;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;
import io.jrunc.state.ContainerId;
import io.jrunc.state.ContainerState;
import io.jrunc.state.Status;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code checkpoint}: saves a container with criu, and takes it away unless it is to go on.
 *
 * <p>When that fails the container goes on as it was: criu undoes what it did, and a cgroup that it left frozen is thawed.
 */
final class CheckpointContainer
{
    private static final String LOG = "dump.log";
    private static final int STREAMS = 3;

    private final Session session;
    private final CheckpointRequest request;
    private final ExistingContainer container;
    private final ContainerState state;
    private final Spec spec;
    private Optional<StatusDescriptor> statusFd = Optional.empty();

    private CheckpointContainer(Session session, CheckpointRequest request, ExistingContainer container)
    {
        this.session = session;
        this.request = request;
        this.container = container;
        this.state = container.state();
        this.spec = container.spec();
    }

    /** criu, which is made from no bundle. */
    private static final class Criu implements Construction.Setting
    {
        @Override
        public void carryOut(EngineStep step, PlannedWork origin, Construction construction)
        {
            throw new BugException("criu for a checkpoint has no use for " + step);
        }

        /** Nothing to write down: it dies with the launcher until it is criu, and undoes its work afterwards. */
        @Override
        public void begun(HostProcess init)
        {
        }

        @Override
        public StepException explain(StepException raw, PlannedStep origin)
        {
            return raw.explained("cannot run criu: " + raw.getMessage(), raw.diagnosis());
        }

        @Override
        public Optional<HookRunner> hooks()
        {
            return Optional.empty();
        }
    }

    /**
     * @throws StateException when the container does not run
     * @throws HostException when criu is missing or fails; the container goes on
     */
    static void checkpoint(Session session, CheckpointRequest request)
    {
        CriuSettings.warnOfUser(session);
        try (ExistingContainer container = ExistingContainer.open(session.store(), new ContainerId(request.id()))) {
            container.directory().lock(Deadlines.LOCK);
            Status status = container.status();
            if (status != Status.RUNNING && status != Status.PAUSED) {
                throw new StateException("Container cannot be checkpointed in " + status.word() + " state");
            }
            CheckpointContainer checkpoint = new CheckpointContainer(session, request, container);
            try {
                checkpoint.save(status);
            }
            finally {
                checkpoint.statusFd.ifPresent(StatusDescriptor::close);
            }
            if (!request.leaveRunning() && !request.preDump()) {
                checkpoint.remove();
            }
        }
    }

    private void save(Status before)
    {
        CriuProcess.program(session);
        checkDirectories();
        if (request.choices().lazyPages()) {
            takeStatusFd();
        }
        Construction construction = new Construction(session, new Criu(), false);
        try {
            construction.prepare(CriuPlanBuilder.checkpoint(request.choices().shellJob()));
            construction.driver().settle();
            save(CriuProcess.start(session, construction, request.choices(), List.of()), construction);
            construction.letGo();
        }
        catch (RuntimeException | Error e) {
            construction.kill();
            if (before == Status.RUNNING) {
                thaw();
            }
            throw e;
        }
    }

    private void save(CriuProcess criu, Construction construction)
    {
        Path log = request.choices().logDirectory().resolve(LOG);
        try (criu; HostProcess init = container.init().orElseThrow(() -> new StateException("Container cannot be checkpointed in stopped state"))) {
            try {
                CriuReport.begin(log);
                criu.requireFeatures(request.preDump(), request.choices().lazyPages());
                CriuOptions options = options(init, criu);
                if (request.preDump()) {
                    criu.converse(CriuRequest.preDump(options), Deadlines.CRIU, this::notified);
                }
                else {
                    Descriptors.write(request.choices().imagePath(), state.descriptors().isEmpty() ? init.descriptorNames(STREAMS) : state.descriptors());
                    criu.converse(CriuRequest.dump(options), Deadlines.CRIU, this::notified);
                }
            }
            catch (RuntimeException | Error e) {
                criu.abandon();
                throw CriuReport.of(Exhausted.told(e), log, session.notices());
            }
            if (!criu.leave()) {
                throw new HostException("criu does not end");
            }
            int status = construction.awaitExit(Deadlines.DEATH);
            // After a pre-dump it waits for another request and takes the end of the conversation for an error.
            if (status != 0 && !request.preDump()) {
                throw CriuReport.of(new HostException("criu failed: exit status " + LaunchContainer.exitCode(status)), log, session.notices());
            }
        }
    }

    /** Those for the images are made, as the caller's; the parent's must be there. */
    private void checkDirectories()
    {
        CriuSettings.makeDirectory(request.choices().imagePath(), "--image-path");
        request.choices().workPath().ifPresent(path -> CriuSettings.makeDirectory(path, "--work-path"));
        request.parentPath().ifPresent(parent -> {
            if (Path.of(parent).isAbsolute()) {
                throw new UsageException("--parent-path must be relative");
            }
            Path real = request.choices().imagePath().resolve(parent).normalize();
            if (!Files.isDirectory(real)) {
                throw new UsageException("invalid --parent-path: stat " + real + ": " + (Files.exists(real) ? "not a directory" : "no such file or directory"));
            }
        });
    }

    private void takeStatusFd()
    {
        if (request.statusFd().isEmpty()) {
            return;
        }
        int number = request.statusFd().getAsInt();
        try {
            statusFd = Optional.of(new StatusDescriptor(HandOver.take(session.channel(), number)));
        }
        catch (StepException e) {
            throw new UsageException("invalid --status-fd argument " + number + ": " + Errno.text(e.errno()), e);
        }
        if (!statusFd.get().writable()) {
            throw new UsageException("invalid --status-fd argument " + number + ": not writable");
        }
    }

    private CriuOptions options(HostProcess init, CriuProcess criu)
    {
        CriuOptions options = CriuSettings.common(criu.options(), request.choices(), LOG, spec)
                .root(state.rootfs())
                .process(init.pid())
                .leaveRunning(request.leaveRunning())
                .tcpSkipInFlight(request.tcpSkipInFlight())
                .linkRemap(request.linkRemap());
        external(options, NamespaceType.NETWORK);
        external(options, NamespaceType.PID);
        String freezer = state.cgroupPaths().getOrDefault("freezer", state.cgroupPaths().get(""));
        if (freezer != null) {
            options.freezeCgroup(freezer);
        }
        request.pageServer().ifPresent(server -> options.pageServer(server.address(), server.port()));
        request.parentPath().ifPresent(options::parent);
        if (!request.preDump()) {
            mounts(options, init);
        }
        return options;
    }

    /** A namespace that was there before the container is not saved. */
    private void external(CriuOptions options, NamespaceType type)
    {
        spec.linux().joins(type).ifPresent(path -> options.external(CriuSettings.external(path, type, "linux.namespaces")));
    }

    private void mounts(CriuOptions options, HostProcess init)
    {
        RunOptions run = new RunOptions(state.id().text(), state.bundle(), RunOptions.Start.CREATE, new RunOptions.Stdio.Inherited(), false, false, false, 0, 0,
                Optional.of(container.directory().notifyPath()).filter(Files::isDirectory).map(Path::toString));
        for (ExternalMounts.External mount : ExternalMounts.of(spec, run, PlanInputs.facts(spec, state.rootfs(), state.cgroupPaths(), false))) {
            String place = RootPath.resolve(state.rootfs(), mount.target());
            options.externalMount(place, place);
        }
        // A masked file is the null device; a masked directory is a file system of its own, which is saved.
        List<MountTable.Mount> table = MountTable.of(init.pid());
        spec.linux().maskedPaths().stream()
                .filter(path -> table.stream().anyMatch(mount -> mount.point().equals(path) && mount.root().endsWith("/null")))
                .forEach(path -> options.externalMount(path, CriuSettings.NULL_DEVICE));
    }

    private void notified(CriuResponse notification, Optional<Fd> descriptor)
    {
        if (notification.script().equals("status-ready")) {
            statusFd.ifPresent(caller -> {
                try {
                    caller.served();
                }
                catch (ErrnoException e) {
                    session.notices().warn("can't write \\0 to status fd: " + e.getMessage());
                }
            });
        }
    }

    /** criu that was killed leaves the cgroup as it was for the moment. */
    private void thaw()
    {
        try {
            if (container.status() == Status.PAUSED) {
                container.cgroup().thaw();
            }
        }
        catch (JruncException | ErrnoException e) {
            session.notices().warn("container \"" + request.id() + "\" may be left paused: " + e.getMessage());
        }
    }

    /** Its processes have gone; it is saved, so what stays of it is no failure. */
    private void remove()
    {
        try {
            HookRunner hooks = container.hooks();
            Demolition.of(container.directory()).carryOut();
            Poststop.run(session, hooks);
        }
        catch (JruncException | ErrnoException e) {
            session.notices().warn("container \"" + request.id() + "\" is saved, but not removed: " + e.getMessage());
        }
    }
}
