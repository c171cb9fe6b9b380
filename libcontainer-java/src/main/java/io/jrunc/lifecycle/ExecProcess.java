package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.Resctrl;
import io.jrunc.cgroup.SubCgroups;
import io.jrunc.channel.InitGoneException;
import io.jrunc.console.Stdio;
import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.Exhausted;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.error.StateException;
import io.jrunc.error.StepException;
import io.jrunc.hooks.ContainerProcessState;
import io.jrunc.host.HostProcess;
import io.jrunc.host.MountTable;
import io.jrunc.host.Namespaces;
import io.jrunc.os.Fd;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.ExecPlanBuilder;
import io.jrunc.plan.Plan;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.ProcessStep;
import io.jrunc.plan.RunOptions;
import io.jrunc.seccomp.SeccompProgram;
import io.jrunc.spec.ContainerProcess;
import io.jrunc.spec.Rlimit;
import io.jrunc.spec.Seccomp;
import io.jrunc.spec.Spec;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * {@code exec}: one more process in a container. Changes nothing of the container, and leaves it alone when it fails.
 */
final class ExecProcess implements Construction.Setting
{
    private static final Duration ENDING = Duration.ofMillis(500);

    private final Session session;
    private final ExecRequest request;
    private final ExistingContainer container;
    private final Spec saved;
    private final SubCgroups place;
    private final HostProcess init;
    private final int initPid;
    private Optional<SeccompProgram> filter = Optional.empty();
    private Optional<Hold> hold = Optional.empty();

    private ExecProcess(Session session, ExecRequest request, ExistingContainer container, SubCgroups place, HostProcess init)
    {
        this.session = session;
        this.request = request;
        this.container = container;
        this.saved = container.spec();
        this.place = place;
        this.init = init;
        this.initPid = init.pid();
    }

    /**
     * @return the exit code of the process when attached, else 0; empty = the launcher goes on alone
     * @throws io.jrunc.error.JruncException when it does not run
     */
    static OptionalInt exec(Session session, ExecRequest request)
    {
        SubCgroups place = SubCgroups.of(request.cgroups());
        try (ExistingContainer container = ExistingContainer.open(session.store(), new ContainerId(request.id()))) {
            container.directory().lockShared(Deadlines.LOCK);
            checkStatus(container, request);
            try (HostProcess init = container.init().orElseThrow(() -> new StateException("cannot exec in a stopped container"))) {
                return new ExecProcess(session, request, container, place, init).exec();
            }
        }
    }

    private OptionalInt exec()
    {
        Path bundle = Path.of(container.state().bundle());
        ContainerProcess process = ExecTemplate.of(request, request.process().isPresent() ? saved.process() : Bundle.parse(Bundle.read(bundle, session.channel()::lost)).process());
        Stdio stdio = Stdio.decide(process.terminal(), request.detach(), request.consoleSocket());
        RunOptions options = new RunOptions(request.id(), bundle.toString(), request.detach() ? RunOptions.Start.RUN_DETACHED : RunOptions.Start.RUN,
                PlanInputs.stdio(stdio, process, session.caller()), false, !container.state().keyring(), request.subreaper(), 0, request.preserveFds(), Optional.empty());
        Plan plan = ExecPlanBuilder.plan(saved, process, options, PlanInputs.facts(saved, container.state().rootfs(), container.state().cgroupPaths(), false), initPid,
                request.hold().isPresent());
        plan.warnings().forEach(session.notices()::warn);
        OptionalLong killsBefore = oomKills();
        Construction construction = new Construction(session, this, false);
        try {
            construction.prepare(plan);
            if (hold.isEmpty() && (request.pidfdSocket().isPresent() || request.pidFile().isPresent())) {
                construction.driver().settle();
                handOver(construction.init());
            }
            construction.start(true);
            construction.running();
        }
        catch (RuntimeException | Error e) {
            construction.kill();
            throw told(Exhausted.told(e), killsBefore);
        }
        finally {
            hold.ifPresent(Hold::close);
        }
        try {
            if (request.detach()) {
                return OptionalInt.of(0);
            }
            container.directory().unlock();
            OptionalInt status = construction.awaitEnd();
            return status.isEmpty() ? status : OptionalInt.of(LaunchContainer.exitCode(status.getAsInt()));
        }
        finally {
            construction.letGo();
        }
    }

    /** What the caller asked to be given, once there is something to give. */
    private void handOver(HostProcess process)
    {
        request.pidfdSocket().ifPresent(socket -> HandOver.pidfd(session.channel(), socket, process, "setns"));
        request.pidFile().ifPresent(path -> PidFile.write(path, process.pid(), session.caller().umask(), session.channel()::lost));
    }

    /** Somebody else decides, perhaps after looking long: the container is not kept from other commands meanwhile. */
    private void hold(Construction construction)
    {
        ExecRequest.Hold asked = request.hold().orElseThrow(() -> new BugException("nobody asked to hold the process"));
        handOver(construction.init());
        Hold held = Hold.of(session, asked, request.id(), construction.init());
        hold = Optional.of(held);
        container.directory().unlock();
        held.awaitStart(construction);
        container.directory().lockShared(Deadlines.LOCK);
        checkStatus(container, request);
    }

    private static void checkStatus(ExistingContainer container, ExecRequest request)
    {
        Status status = container.status();
        if (status == Status.STOPPED) {
            throw new StateException("cannot exec in a stopped container");
        }
        if (status == Status.PAUSED && !request.ignorePaused()) {
            throw new StateException("cannot exec in a paused container (use --ignore-paused to override)");
        }
    }

    private OptionalLong oomKills()
    {
        return container.hasCgroup() ? container.cgroup().oomKills() : OptionalLong.empty();
    }

    private RuntimeException told(RuntimeException failure, OptionalLong killsBefore)
    {
        if (failure instanceof SpecException || failure instanceof StepException step && step.errno() == Errno.ENOMEM) {
            // The namespaces of an ending process go a moment before it counts as ended; to a fork in its pid namespace the kernel says ENOMEM.
            init.awaitEnd(ENDING);
        }
        if (!(failure instanceof StateException) && container.status() == Status.STOPPED) {
            // It ended under our hands; what then fails first, and how, is chance.
            return new StateException("cannot exec in a stopped container", failure);
        }
        if (!(failure instanceof InitGoneException gone)) {
            return failure;
        }
        boolean oom = killsBefore.isPresent() && oomKills().orElse(0) > killsBefore.getAsLong();
        return new HostException("the process ended while it was being set up" + (oom ? " (possibly OOM-killed)" : ""), gone);
    }

    @Override
    public Optional<HookRunner> hooks()
    {
        return Optional.empty();
    }

    /** Nothing to write down: the process dies with the launcher until its program runs, and is the container's afterwards. */
    @Override
    public void begun(HostProcess init)
    {
    }

    @Override
    public StepException explain(StepException raw, PlannedStep origin)
    {
        return Explanation.of(raw, origin, saved.linux(), () -> cgroup().filter(CgroupDriver::withoutRealtime).isPresent());
    }

    @Override
    public void carryOut(EngineStep step, PlannedWork origin, Construction construction)
    {
        PlanDriver driver = construction.driver();
        switch (step) {
            case EngineStep.Hold() -> hold(construction);
            case EngineStep.CompileSeccomp() -> filter = saved.linux().seccomp().map(new Filters(session.caller(), session.notices())::program);
            case EngineStep.OpenCgroup(int slot) -> cgroup().flatMap(cgroup -> cgroup.directoryForClone(place, OptionalInt.of(initPid))).ifPresent(fd -> driver.attach(slot, fd));
            case EngineStep.JoinCgroup(int slot) -> cgroup().ifPresent(cgroup -> HostSide.join(slot, () -> cgroup.tasks(place),
                    () -> cgroup.join(construction.init().pid(), place, OptionalInt.of(initPid)), driver, origin));
            case EngineStep.JoinResctrl() -> saved.linux().intelRdt()
                    .ifPresent(asked -> Resctrl.needed(MountTable.own()).add(asked, request.id(), construction.init().pid()));
            case EngineStep.SetOomScoreAdj(int value) -> HostSide.setOomScoreAdj(construction.init(), value);
            case EngineStep.SetRlimits(List<Rlimit> limits) -> HostSide.setRlimits(construction.init(), limits);
            case EngineStep.OpenNamespace(int slot, String path, long type) -> driver.attach(slot, namespaceOfInit(path, type, origin));
            case EngineStep.LoadSeccomp() -> {
                SeccompProgram program = filter.orElseThrow(() -> new BugException("a filter is loaded that was not compiled"));
                driver.add(new ProcessStep.Seccomp(program.bpf(), program.flags()), origin);
            }
            case EngineStep.SendListener() -> {
                Seccomp section = saved.linux().seccomp().orElseThrow(() -> new BugException("a listener without a filter"));
                construction.sendListener(section,
                        new ContainerProcessState(container.hooks().state(), construction.init().pid(), section.listenerMetadata()).joining(initPid));
            }
            default -> throw new BugException("exec has no use for " + step);
        }
    }

    /** The path has the init's number: if it lives when the namespace is open, the number was its own, and no newer process's. */
    private Fd namespaceOfInit(String path, long type, PlannedWork origin)
    {
        Fd namespace = Namespaces.open(path, type, origin.jsonPath().orElse("linux.namespaces"));
        if (init.ended()) {
            namespace.close();
            throw new StateException("cannot exec in a stopped container");
        }
        return namespace;
    }

    private Optional<CgroupDriver> cgroup()
    {
        return container.hasCgroup() ? Optional.of(container.cgroup()) : Optional.empty();
    }
}
