package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.CgroupPaths;
import io.jrunc.cgroup.Tolerance;
import io.jrunc.channel.InitGoneException;
import io.jrunc.console.Stdio;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.Exhausted;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import io.jrunc.error.StateException;
import io.jrunc.hooks.HookState;
import io.jrunc.host.CallerCgroups;
import io.jrunc.host.Detour;
import io.jrunc.host.HostFacts;
import io.jrunc.host.HostProcess;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Plan;
import io.jrunc.plan.PlanBuilder;
import io.jrunc.plan.PlanFacts;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.RunOptions;
import io.jrunc.spec.HookKind;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.RootlessRules;
import io.jrunc.spec.RuntimeSpecVersion;
import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecValidator;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Journal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * {@code create}, {@code run} and {@code restore}: a container from a bundle.
 *
 * <p>Everything that can be decided is decided before the first side effect. From then on each intent is in the journal before it is
 * carried out, and a failure undoes by the journal what was begun: the same way a later {@code delete --force} would.
 */
final class LaunchContainer
{
    private static final int SIGNAL_BASE = 128;

    private final Session session;
    private final CreateRequest request;
    private final ContainerId id;
    private final Bundle bundle;
    private final boolean rootless;
    private final HookRunner hooks;
    private final Optional<Restoration> restoration;
    private final AtomicReference<String> lookedAt = new AtomicReference<>("");

    private LaunchContainer(Session session, CreateRequest request, Bundle bundle, Optional<RestoreRequest> images)
    {
        this.session = session;
        this.request = request;
        this.id = new ContainerId(request.id());
        this.bundle = bundle;
        this.rootless = session.caller().cgroupRootless().orElseGet(() -> request.systemdCgroup() ? SystemdCgroup.rootless(session.caller())
                : HostFacts.here().euid() != 0 || HostFacts.here().inUserNamespace());
        this.hooks = new HookRunner(bundle.spec().hooks(),
                new HookState(RuntimeSpecVersion.SUPPORTED.text(), request.id(), bundle.folder().toString(), bundle.spec().annotations()));
        this.restoration = images.map(restore -> new Restoration(session, restore, bundle, hooks));
    }

    /**
     * Makes a container, and in the run modes runs its program.
     *
     * @return the exit code: that of the program when attached, else 0; empty = the launcher goes on alone
     * @throws io.jrunc.error.JruncException when there is no container afterwards; what was begun is undone
     */
    static OptionalInt launch(Session session, CreateRequest request)
    {
        return launch(session, request, Optional.empty());
    }

    /** The same with a program that goes on where a checkpoint has saved it. */
    static OptionalInt restore(Session session, RestoreRequest request)
    {
        CriuSettings.warnOfUser(session);
        return launch(session, request.container(), Optional.of(request));
    }

    private static OptionalInt launch(Session session, CreateRequest request, Optional<RestoreRequest> images)
    {
        Bundle bundle = Bundle.load(request.bundle(), session.channel()::lost);
        if (session.caller().euid() != 0) {
            List<SpecProblem> problems = RootlessRules.problems(bundle.spec());
            if (!problems.isEmpty()) {
                throw new SpecException(problems);
            }
        }
        SpecValidator.warnings(bundle.spec()).forEach(problem -> session.notices().warn(problem.toString()));
        return new LaunchContainer(session, request, bundle, images).launch();
    }

    /** What {@code create} would do, as data; nothing is touched. */
    static Plan plan(Session session, CreateRequest request)
    {
        LaunchContainer launch = new LaunchContainer(session, request, Bundle.load(request.bundle(), session.channel()::lost), Optional.empty());
        CgroupDriver cgroup = launch.cgroup();
        return launch.plan(launch.options(), launch.facts(cgroup));
    }

    private Spec spec()
    {
        return bundle.spec();
    }

    private OptionalInt launch()
    {
        restoration.ifPresent(Restoration::check);
        CgroupDriver cgroup = cgroup();
        RunOptions options = options();
        PlanFacts facts = facts(cgroup);
        try (ContainerDirectory directory = session.store().create(id, Deadlines.LOCK)) {
            try {
                if (Readiness.wanted(session)) {
                    directory.makeNotify();
                }
            }
            catch (RuntimeException | Error e) {
                directory.delete();
                throw e;
            }
            // A restored program has been ready before.
            Optional<Readiness> readiness = request.mode() == CreateRequest.Mode.CREATE || restoration.isPresent() ? Optional.empty() : listen(directory);
            Filters filters = new Filters(session.caller(), session.notices());
            MountMappings mappings = new MountMappings(session.channel(), spec().linux());
            NewContainer setting = new NewContainer(session, request, bundle, cgroup, directory, filters, rootless, hooks, mappings);
            Construction construction = new Construction(session, setting, spec().linux().has(NamespaceType.PID));
            try {
                make(construction, setting, directory, options, facts);
            }
            catch (RuntimeException | Error e) {
                readiness.ifPresent(Readiness::close);
                throw failed(Exhausted.told(e), construction, cgroup, directory);
            }
            finally {
                mappings.close();
            }
            try {
                if (request.mode() == CreateRequest.Mode.RUN) {
                    return attend(construction, directory, readiness, cgroup);
                }
                readiness.ifPresent(ready -> {
                    directory.unlock();
                    ready.await(construction.init());
                });
                return OptionalInt.of(0);
            }
            finally {
                readiness.ifPresent(Readiness::close);
                construction.letGo();
            }
        }
    }

    /** Before the program runs, which may be ready at once. */
    private Optional<Readiness> listen(ContainerDirectory directory)
    {
        try {
            return Readiness.listen(session, directory);
        }
        catch (RuntimeException | Error e) {
            directory.delete();
            throw e;
        }
    }

    private void make(Construction construction, NewContainer setting, ContainerDirectory directory, RunOptions options, PlanFacts facts)
    {
        PlanDriver driver = construction.driver();
        driver.add(new PlannedStep(new LauncherStep.Chdir(bundle.folder().toString()), "hooks and relative paths are looked up from the bundle", Optional.empty()));
        if (restoration.isEmpty()) {
            session.provisions().ifPresent(provisions -> provisions.tookNetwork(takesNewNetwork()));
            construction.begin(PlanBuilder.beginning(spec(), options, facts));
        }
        directory.saveConfig(bundle.config());
        Plan plan = plan(options, facts);
        plan.warnings().forEach(session.notices()::warn);
        construction.prepare(plan);
        if (restoration.isPresent()) {
            driver.settle();
            restoration.get().carryOut(construction, setting, directory);
            handOver(construction.init(), directory);
            epilogue(construction);
        }
        else {
            if (request.mode() == CreateRequest.Mode.CREATE || handsOver()) {
                driver.settle();
            }
            handOver(construction.init(), directory);
            epilogue(construction);
            construction.start(request.mode() != CreateRequest.Mode.CREATE);
        }
        if (request.mode() != CreateRequest.Mode.CREATE) {
            // It runs: a poststart hook may exec in it.
            directory.lockShared(Deadlines.LOCK);
        }
        construction.running();
    }

    /** Its network namespace is a new one, and of nobody's user namespace but ours. */
    private boolean takesNewNetwork()
    {
        return spec().linux().creates(NamespaceType.NETWORK) && !spec().linux().has(NamespaceType.USER);
    }

    /** Before the launcher may have to go on alone. */
    private void epilogue(Construction construction)
    {
        request.epilogue().map(epilogue -> epilogue.words(construction.init().pid(), construction.init().startTime())).ifPresent(words -> construction.driver()
                .add(new PlannedStep(new LauncherStep.Epilogue(words), "what is left to do should the engine be gone", Optional.empty())));
    }

    private boolean handsOver()
    {
        return request.pidfdSocket().isPresent() || request.pidFile().isPresent();
    }

    /** What the caller asked to be given, once there is something to give. */
    private void handOver(HostProcess init, ContainerDirectory directory)
    {
        request.pidfdSocket().ifPresent(socket -> HandOver.pidfd(session.channel(), socket, init, "standard"));
        request.pidFile().ifPresent(path -> {
            directory.begin(new Journal.Entry.PidFile(path.toString()));
            PidFile.write(path, init.pid(), session.caller().umask(), session.channel()::lost);
        });
    }

    private CgroupDriver cgroup()
    {
        if (request.systemdCgroup()) {
            return SystemdCgroup.of(session, spec(), request.id(), rootless);
        }
        HostFacts host = HostFacts.here();
        Optional<String> wanted = spec().linux().cgroupsPath();
        boolean absolute = wanted.filter(path -> path.startsWith("/")).isPresent();
        CgroupPaths paths = CgroupPaths.of(host.cgroups(), wanted, request.id(), absolute ? Map.of() : CallerCgroups.of(session.caller().pid()));
        return CgroupDriver.of(host.cgroups(), paths, new Tolerance(rootless, wanted.isPresent(), host.inUserNamespace()));
    }

    /** It looks at the sources of bind mounts. */
    private Plan plan(RunOptions options, PlanFacts facts)
    {
        Supplier<Plan> planning = () -> restoration.isPresent() ? restoration.get().plan(options, facts) : PlanBuilder.plan(spec(), options, facts);
        boolean looks = spec().mounts().stream().anyMatch(mount -> mount.parsedOptions().bind());
        return looks ? Detour.take(lookedAt::get, session.channel()::lost, planning, late -> { }) : planning.get();
    }

    private PlanFacts facts(CgroupDriver cgroup)
    {
        return PlanInputs.facts(spec(), bundle.rootfs(), cgroup.paths(), cgroup.processFirst(), lookedAt::set);
    }

    private RunOptions options()
    {
        Stdio stdio = Stdio.decide(spec().process().terminal(), request.mode().detached(), request.consoleSocket());
        RunOptions.Start start = switch (request.mode()) {
            case CREATE -> RunOptions.Start.CREATE;
            case RUN -> RunOptions.Start.RUN;
            case RUN_DETACHED -> RunOptions.Start.RUN_DETACHED;
        };
        return new RunOptions(request.id(), bundle.folder().toString(), start,
                PlanInputs.stdio(stdio, spec().process(), session.caller()), request.noPivot(), request.noNewKeyring(), request.subreaper(),
                session.caller().listenFds(), request.preserveFds(),
                Readiness.wanted(session) ? Optional.of(session.store().notifyPath(id).toString()) : Optional.empty());
    }

    /** Attached: the program runs; its end is ours. */
    private OptionalInt attend(Construction construction, ContainerDirectory directory, Optional<Readiness> readiness, CgroupDriver cgroup)
    {
        directory.unlock();
        if (!construction.awaitDeath(readiness, session.caller().pid())) {
            return OptionalInt.empty();
        }
        if (!goesAtOnce()) {
            construction.endStatus();
        }
        boolean removed = false;
        int status;
        try {
            if (!request.keep() && directory.lockIfThere(Deadlines.LOCK)) {
                // systemd's unit is told by the journal; and what a user without rights is forgiven at the start must not be passed over here.
                boolean known = !request.systemdCgroup() && !rootless;
                (known ? Demolition.of(directory, cgroup) : Demolition.of(directory)).carryOut();
                removed = true;
            }
        }
        finally {
            // Whatever comes of that, its output comes before our word on it.
            status = construction.endStatus();
        }
        if (removed) {
            Poststop.run(session, hooks);
        }
        return OptionalInt.of(exitCode(status));
    }

    /**
     * Whether it is removed while its output is still passed on. Not if somebody may live on in it, who then has a moment to end, nor if
     * hooks are to run after it: without its records nobody could make up for them should we be lost meanwhile.
     */
    private boolean goesAtOnce()
    {
        return spec().linux().creates(NamespaceType.PID) && hooks.of(HookKind.POSTSTOP).isEmpty();
    }

    /** A wait status as a shell would say it: the code, or 128 and the signal. */
    static int exitCode(int status)
    {
        int signal = status & 0x7f;
        return signal == 0 ? status >> 8 & 0xff : SIGNAL_BASE + signal;
    }

    /** Undoes what was begun. The failure comes out in the user's words, with what could not be undone. */
    private RuntimeException failed(RuntimeException failure, Construction construction, CgroupDriver cgroup, ContainerDirectory directory)
    {
        boolean begun = construction.initIfBegun().isPresent();
        RuntimeException told = failure instanceof InitGoneException gone ? initGone(gone, cgroup) : failure;
        try {
            construction.kill();
            Demolition.of(directory).carryOut();
        }
        catch (RuntimeException e) {
            told.addSuppressed(e);
            session.notices().warn("left behind: parts of container \"" + request.id() + "\": " + e.getMessage() + "; jrunc delete --force " + request.id() + " tries again");
        }
        if (begun) {
            Poststop.run(session, hooks);
        }
        return told;
    }

    private RuntimeException initGone(InitGoneException gone, CgroupDriver cgroup)
    {
        if (cgroup.exists() && cgroup.oomKills().orElse(0) > 0) {
            return new HostException("container init was OOM-killed (memory limit too low?)",
                    Diagnosis.NONE.withFix("raise linux.resources.memory.limit"), gone);
        }
        OptionalInt status = gone.waitStatus();
        String how = status.isEmpty() ? "" : (status.getAsInt() & 0x7f) != 0 ? ": killed by signal " + (status.getAsInt() & 0x7f) : ": exit status " + (status.getAsInt() >> 8);
        return new StateException("the container's init ended while it was being set up" + how, gone);
    }
}
