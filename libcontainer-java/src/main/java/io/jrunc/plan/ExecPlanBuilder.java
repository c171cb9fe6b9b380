package io.jrunc.plan;

import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.ContainerProcess;
import io.jrunc.spec.CpuAffinity;
import io.jrunc.spec.Linux;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

import static io.jrunc.spec.NamespaceType.CGROUP;
import static io.jrunc.spec.NamespaceType.IPC;
import static io.jrunc.spec.NamespaceType.MOUNT;
import static io.jrunc.spec.NamespaceType.NETWORK;
import static io.jrunc.spec.NamespaceType.PID;
import static io.jrunc.spec.NamespaceType.TIME;
import static io.jrunc.spec.NamespaceType.USER;
import static io.jrunc.spec.NamespaceType.UTS;

/**
 * Plans one more process in a container that exists: it joins, changes nothing of the container and runs no hooks.
 */
public final class ExecPlanBuilder
{
    private static final List<NamespaceType> OTHERS = List.of(IPC, UTS, NETWORK, PID, MOUNT, CGROUP, TIME);

    private final Request request;
    private final Linux linux;
    private final ContainerProcess added;
    private final int initPid;
    private final boolean held;
    private final ProcessPlan process;
    private final Draft draft = new Draft();

    private ExecPlanBuilder(Request request, ContainerProcess added, int initPid, boolean held)
    {
        this.request = request;
        this.linux = request.linux();
        this.added = added;
        this.initPid = initPid;
        this.held = held;
        this.process = new ProcessPlan(request, added);
    }

    /**
     * @param saved the configuration that the container was made from: its namespaces, filter, score, keyring
     * @param added the process to add
     * @param options {@link Start#CREATE} makes no sense here
     * @param facts with the cgroup that the process shall join as the own one
     * @param initPid of the container's first process, as the engine sees it; the caller knows that it still is that process
     * @param held a supervisor gives the word before the program runs
     * @throws io.jrunc.error.SpecException with everything that this host cannot do, each with its place in process.json
     */
    public static Plan plan(Spec saved, ContainerProcess added, RunOptions options, PlanFacts facts, int initPid, boolean held)
    {
        if (options.start() == Start.CREATE) {
            throw new IllegalArgumentException("exec does not wait for start");
        }
        return new ExecPlanBuilder(new Request(saved, options, facts), added, initPid, held).build();
    }

    private Plan build()
    {
        process.check(draft);
        List<Phase> preparation = order();
        Phase start = draft.phase("start", "one batch of the process", this::start);
        Phase running = draft.phase("running", "the program has replaced our process", this::running);
        draft.throwIfAnyProblem();
        return new Plan(preparation, start, running, added.args(), process.environment(Map.of()), draft.warnings());
    }

    /** The order of joining. */
    private List<Phase> order()
    {
        return List.of(
                draft.phase("filter", "before anything is touched", this::compile),
                draft.phase("clone", "one small process, outside of the namespaces still", this::cloneProcess),
                draft.phase("identity", "from outside, before it is someone in the container", this::fromOutside),
                draft.phase("namespaces", "after identity, as joining takes rights", this::join),
                draft.phase("session", "after namespaces, as keys belong to one", d -> process.session(d, false)),
                draft.phase("root", "after namespaces, as the container's root is the one of its mount namespace", this::root),
                draft.phase("console", "after the root, as the pty is the container's own", this::console),
                draft.phase("profile", "while the process is still ours", process::profile),
                draft.phase("settings", "before credentials, as most need privileges", this::settings),
                draft.phase("resource limits", "after settings, as a low limit would hinder them; before credentials, as only a process of the same ids may be limited without a privilege",
                        process::limits),
                draft.phase("credentials", "when nothing more needs the rights that go", this::credentials),
                draft.phase("hold", "all is done but the exec: a supervisor finds the process as its program will be", this::hold),
                draft.phase("ready", "all that can fail politely has not; after hold, as keys of a raw terminal would not interrupt it", this::ready));
    }

    private void compile(Draft d)
    {
        if (linux.seccomp().isPresent()) {
            d.work(new EngineStep.CompileSeccomp(), "the container's filter holds for every process in it", "linux.seccomp");
        }
    }

    private void cloneProcess(Draft d)
    {
        if (request.options().subreaper()) {
            d.step(new LauncherStep.Subreaper(), "processes that lose their parent are reaped by the launcher");
        }
        if (request.options().stdio() instanceof Stdio.Piped) {
            d.step(new LauncherStep.StdioPipes(request.hostUid(0).orElse(0), request.hostGid(0).orElse(0)), "attached without a terminal",
                    "process.terminal");
        }
        int cgroup = cloneInto() ? Slots.CGROUP : Slots.NONE;
        if (cloneInto()) {
            d.work(new EngineStep.OpenCgroup(cgroup), "the process starts in the container's cgroup");
        }
        d.step(new LauncherStep.Clone(0, held(), cgroup, request.options().preserveFds(), Kernel.SIGKILL), "all namespaces are joined later");
    }

    private void fromOutside(Draft d)
    {
        linux.intelRdt().ifPresent(asked -> d.work(new EngineStep.JoinResctrl(), "before it has children, which inherit the group",
                "linux.intelRdt"));
        request.spec().process().oomScoreAdj().ifPresent(score -> d.work(new EngineStep.SetOomScoreAdj(score), "that of the container",
                "process.oomScoreAdj"));
        if (held()) {
            d.step(new LauncherStep.Release(), "it has its score now, and can take steps");
        }
        affinity().flatMap(CpuAffinity::initial).ifPresent(cpus -> d.step(new ProcessStep.Affinity(cpus.mask()),
                "until it is in the cgroup", "process.execCPUAffinity.initial"));
        if (request.joinsItself() || !cloneInto()) {
            d.work(new EngineStep.JoinCgroup(request.joinsItself() && (cloneInto() || !request.hybrid()) ? Slots.JOIN : Slots.NONE), "before anything that costs memory or time");
        }
        affinity().flatMap(CpuAffinity::atLast).ifPresent(cpus -> d.step(new ProcessStep.Affinity(cpus.mask()),
                "from here on", "process.execCPUAffinity.final"));
        if (affinity().isEmpty()) {
            process.everyCpu(d);
        }
    }

    /** As for a new container: with the host's power if there is any, else with that of the user namespace. */
    private void join(Draft d)
    {
        if (linux.has(USER)) {
            open(d, USER);
        }
        OTHERS.stream().filter(linux::has).forEach(type -> open(d, type));
        boolean userFirst = !request.facts().mountsForOthers();
        if (userFirst) {
            joinUser(d);
        }
        OTHERS.stream().filter(linux::has).forEach(type -> d.step(setns(type), "one of the container's",
                NamespacePlan.namespacePath(linux, type)));
        if (!userFirst) {
            joinUser(d);
        }
        if (linux.has(PID)) {
            d.step(new NamespaceStep.Fork(0), "only a child is inside the pid namespace", NamespacePlan.namespacePath(linux, PID));
        }
    }

    private void open(Draft d, NamespaceType type)
    {
        d.work(new EngineStep.OpenNamespace(NamespacePlan.slot(type), "/proc/" + initPid + "/ns/" + type.procName(), type.cloneFlag()),
                "of the container's first process", NamespacePlan.namespacePath(linux, type));
    }

    private void joinUser(Draft d)
    {
        if (linux.has(USER)) {
            d.step(setns(USER), "one of the container's", NamespacePlan.namespacePath(linux, USER));
            d.step(new NamespaceStep.BecomeRoot(), "root of it, until it becomes the user", NamespacePlan.namespacePath(linux, USER));
        }
    }

    private static NamespaceStep setns(NamespaceType type)
    {
        return new NamespaceStep.Setns(NamespacePlan.slot(type), type.cloneFlag());
    }

    private void root(Draft d)
    {
        if (request.ownMounts()) {
            d.step(new RootfsStep.Rootfs("/", 0), "joining the mount namespace came with its root");
        }
        else {
            d.step(new RootfsStep.Rootfs(request.facts().rootfs(), 0), "without a mount namespace of its own the container is a directory",
                    "root.path");
            d.step(new RootfsStep.PivotRoot(PivotMode.CHROOT), "as its first process did", "root.path");
        }
    }

    private void console(Draft d)
    {
        RootPlan.console(d, request, added, false);
    }

    private void settings(Draft d)
    {
        // The container's, as runc has it: files that its processes share get the same mode from all of them.
        OptionalInt containers = request.spec().process().user().umask();
        OptionalInt umask = containers.isPresent() ? containers : added.user().umask();
        umask.ifPresent(mask -> d.step(new ProcessStep.Umask(mask), "asked for by the bundle", "process.user.umask"));
        process.settings(d);
    }

    private void credentials(Draft d)
    {
        process.home(d);
        process.credentials(d);
    }

    private void hold(Draft d)
    {
        if (held) {
            d.work(new EngineStep.Hold(), "asked for by the caller");
        }
    }

    private void ready(Draft d)
    {
        d.work(new EngineStep.Dispatch(), "the last that the process does before it is ready");
        RootPlan.relay(d, request);
    }

    private void start(Draft d)
    {
        if (request.options().start() == Start.RUN) {
            d.step(new LauncherStep.Forward(true), "signals go to the program from its first moment on, its end comes to us");
        }
        process.run(d, false);
    }

    private void running(Draft d)
    {
        if (request.options().start() != Start.RUN) {
            d.step(new LauncherStep.Detach(), "it runs without us");
        }
    }

    /**
     * Where an affinity before the cgroup is asked for, the process cannot start inside. Nor where its cgroup may be out of reach of a
     * caller who does without it then: such a clone would fail as a whole.
     */
    private boolean cloneInto()
    {
        boolean tolerant = request.rootless() || request.facts().inUserNamespace();
        return affinity().flatMap(CpuAffinity::initial).isEmpty() && (request.cloneInto() && !tolerant || request.hybrid());
    }

    /** An unprivileged caller can set the score only before the process closes its /proc to him. */
    private boolean held()
    {
        return request.rootless() && request.spec().process().oomScoreAdj().isPresent();
    }

    private Optional<CpuAffinity> affinity()
    {
        return added.execCpuAffinity();
    }
}
