package io.jrunc.plan;

import io.jrunc.plan.PlanFacts.Cgroups;
import io.jrunc.plan.RunOptions.Start;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.HookKind;
import io.jrunc.spec.Mount;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Resources;
import io.jrunc.spec.SchedulerPolicy;
import io.jrunc.spec.Spec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Plans a container: {@link #plan} is a pure function. {@link #order} is where to read what happens when, and why then.
 */
public final class PlanBuilder
{
    /** What a created container does without a umask of its own, as runc. */
    private static final long DEFAULT_UMASK = 0022;

    private final Request request;
    private final Draft draft = new Draft();
    private final NamespacePlan namespaces;
    private final RootPlan root;
    private final MountPlan mounts;
    private final DevicePlan devices;
    private final boolean devicesFirst;
    private final ProcessPlan process;

    private PlanBuilder(Request request)
    {
        this.request = request;
        this.namespaces = new NamespacePlan(request);
        this.root = new RootPlan(request);
        this.mounts = new MountPlan(request);
        this.devices = new DevicePlan(request);
        this.devicesFirst = devices.standBeside(mounts.later());
        this.process = new ProcessPlan(request, request.spec().process());
    }

    /**
     * @param spec as {@code SpecValidator} let it pass
     * @throws io.jrunc.error.SpecException with everything that this host or jrunc cannot do, each with its place
     */
    public static Plan plan(Spec spec, RunOptions options, PlanFacts facts)
    {
        return new PlanBuilder(new Request(spec, options, facts)).build();
    }

    /**
     * The beginning of {@link #plan} of the same arguments, which can be known before the rest: it makes the process, and leaves nothing
     * that would outlive the launcher but what is in the journal.
     */
    public static Phase beginning(Spec spec, RunOptions options, PlanFacts facts)
    {
        return cloneInit(new Draft(), new NamespacePlan(new Request(spec, options, facts)));
    }

    private static Phase cloneInit(Draft draft, NamespacePlan namespaces)
    {
        return draft.phase("clone", "one small process, in its new namespaces at once, and in its cgroup if the kernel lets it be born there", namespaces::cloneInit);
    }

    private Plan build()
    {
        refuseDevices();
        warnOfRealtime();
        namespaces.compareMaps(draft);
        namespaces.checkKinds(draft);
        process.check(draft);
        root.check(draft);
        List<Phase> preparation = order();
        Phase start = draft.phase("start", "one batch: after create it is all that is left to do", this::start);
        Phase running = draft.phase("running", "the program has replaced our init", this::running);
        draft.throwIfAnyProblem();
        return new Plan(preparation, start, running, request.spec().process().args(), process.environment(ownEnvironment()),
                draft.warnings());
    }

    /** The order of containment. */
    private List<Phase> order()
    {
        return List.of(
                cloneInit(draft, namespaces),
                draft.phase("filter", "while the process is made, as it takes long", this::compile),
                draft.phase("identity", "from outside, as the process may not give itself ids or a score", namespaces::fromOutside),
                draft.phase("namespaces", "after identity, as joining takes rights", this::namespaces),
                draft.phase("session", "after namespaces, as keys belong to one; before the root, as nothing of it is needed",
                        d -> process.session(d, true)),
                draft.phase("names", "in namespaces of its own, so at any time before privileges go", root::names),
                draft.phase("root", "before mounts, which go on top of it", root::take),
                draft.phase("mounts", "on top of the root, with the devices in them; nothing here needs the process in its cgroup, which is made meanwhile", this::firstMounts),
                draft.phase("cgroup", "before anything that a limit should count or a rule forbid", this::cgroup),
                draft.phase("mounts of the cgroup", "and those after them in the bundle's order", mounts::rest),
                draft.phase("devices", "after mounts, where one of the last covers their places", this::lastDevices),
                draft.phase("console", "after devices, as /dev/console covers one; before hooks, which may look at it", root::console),
                draft.phase("hooks", "limits first, as hooks may adjust them; then with all mounts made and the host's root still in place: that is what hooks are promised", this::hooks),
                draft.phase("home", "after hooks, which may write the container's files; its answer comes while the rest is done", this::home),
                draft.phase("change of root", "after hooks, the last that need the host's tree", root::change),
                draft.phase("read-only", "after the last thing is made in the root", d -> root.seal(d, mounts)),
                draft.phase("profile", "before sysctls, as a mount that fakes /proc would redirect both", process::profile),
                draft.phase("sysctls", "before paths below /proc become read-only", root::sysctls),
                draft.phase("hidden paths", "after everything that reads or writes /proc and /sys for the container", root::hide),
                draft.phase("settings", "before credentials, as most need privileges", this::settings),
                draft.phase("resource limits", "after settings, as a low limit would hinder them; before credentials, as only a process of the same ids may be limited without a privilege",
                        process::limits),
                draft.phase("credentials", "when nothing more needs the rights that go", process::credentials),
                draft.phase("ready", "the answer to all this is the moment of created", this::ready));
    }

    private void compile(Draft d)
    {
        if (request.linux().seccomp().isPresent()) {
            d.work(new EngineStep.CompileSeccomp(), "its faults are found before the process does anything", "linux.seccomp");
        }
    }

    private void namespaces(Draft d)
    {
        namespaces.enter(d);
        request.linux().netDevices().forEach((name, device) -> d.work(new EngineStep.MoveNetDevice(name, device.name().orElse(name)),
                "now that its network namespace is there; hooks find it moved", "linux.netDevices." + name));
    }

    private void firstMounts(Draft d)
    {
        mounts.first(d);
        if (devicesFirst) {
            devices.all(d);
        }
        d.work(new EngineStep.Dispatch(), "the process mounts while its cgroup is made");
    }

    private void cgroup(Draft d)
    {
        namespaces.cgroup(d);
        if (limitsBeside()) {
            d.work(new EngineStep.LimitCgroup(true), "all controllers and device rules; nothing of the init's work can meet a limit, so beside it", "linux.resources");
        }
        namespaces.cgroupNamespace(d);
        process.everyCpu(d);
    }

    private void lastDevices(Draft d)
    {
        if (!devicesFirst) {
            devices.all(d);
        }
    }

    private void home(Draft d)
    {
        process.home(d);
        d.work(new EngineStep.Dispatch(), "what it has read is looked at while it does the rest");
    }

    private boolean hooksBeforeStart()
    {
        return List.of(HookKind.PRESTART, HookKind.CREATE_RUNTIME, HookKind.CREATE_CONTAINER).stream().anyMatch(kind -> !request.spec()
                .hooks().of(kind).isEmpty());
    }

    /** The kernel refuses a deadline process that is bound to CPUs: always, not only where the cpuset happens to stand before the policy. */
    private boolean limitsFirst()
    {
        boolean deadline = request.spec().process().scheduler().filter(scheduler -> scheduler.policy() == SchedulerPolicy.DEADLINE).isPresent();
        return hooksBeforeStart() || deadline && request.linux().resources().flatMap(Resources::cpu).flatMap(Cpu::cpus).isPresent();
    }

    private boolean limitsBeside()
    {
        return !limitsFirst() && meetsNoLimit();
    }

    /** After the mounts, which open devices of the host; before any code that is not ours. Each wait for answers costs time: this shares one. */
    private void limits(Draft d)
    {
        if (!limitsBeside()) {
            d.work(new EngineStep.LimitCgroup(false), "all controllers and device rules", "linux.resources");
        }
        cgroupOwner().ifPresent(uid -> d.work(new EngineStep.ChownCgroup(uid),
                "a writable cgroup mount in its own cgroup namespace: its user may make groups below", "process.user.uid"));
    }

    /** The init's work opens no device of the host that a rule could forbid, forks no process, and no limit of memory can stop it half way. */
    private boolean meetsNoLimit()
    {
        boolean memory = request.linux().resources().flatMap(Resources::memory).isPresent()
                || request.linux().resources().filter(resources -> !resources.unified().isEmpty()).isPresent();
        return !memory && !namespaces.forks() && request.spec().mounts().stream().allMatch(mount -> mount.parsedOptions().bind() || !mount.source().orElse("").startsWith("/"));
    }

    private void hooks(Draft d)
    {
        if (limitsFirst()) {
            limits(d);
        }
        root.hooks(d, HookKind.PRESTART);
        root.hooks(d, HookKind.CREATE_RUNTIME);
        root.hooks(d, HookKind.CREATE_CONTAINER);
    }

    private void settings(Draft d)
    {
        boolean given = request.spec().process().user().umask().isPresent();
        long mask = given ? request.spec().process().user().umask().getAsInt() : DEFAULT_UMASK;
        if (request.options().start() == Start.CREATE) {
            d.work(new EngineStep.OpenStartFifos(Slots.START, Slots.REPORT), "before the filter and the limits, which may forbid to receive descriptors");
        }
        if (given) {
            d.step(new ProcessStep.Umask(mask), "asked for by the bundle", "process.user.umask");
        }
        else {
            d.step(new ProcessStep.Umask(mask), "a sane one, whatever the caller's is");
        }
        process.settings(d);
    }

    private void ready(Draft d)
    {
        if (!limitsFirst()) {
            limits(d);
        }
        d.work(new EngineStep.Dispatch(), "the last that the process does before it is ready");
        d.work(new EngineStep.SaveState(savesBeside()), "from here every other command sees the container");
        RootPlan.relay(d, request);
    }

    /** Only a run is in a hurry, and only where the process keeps its streams and its number. */
    private boolean savesBeside()
    {
        return request.options().start() != Start.CREATE && !(request.options().stdio() instanceof RunOptions.Stdio.Terminal) && !namespaces.forks();
    }

    private boolean forwardsAtExec()
    {
        return request.options().start() == Start.RUN && request.spec().hooks().of(HookKind.POSTSTART).isEmpty();
    }

    private void start(Draft d)
    {
        if (request.options().start() == Start.CREATE) {
            d.step(new EndStep.WaitStart(Slots.START, Slots.REPORT), "created; leaves the engine and waits for start");
        }
        if (forwardsAtExec()) {
            d.step(new LauncherStep.Forward(true), "signals go to the program from its first moment on, its end comes to us");
        }
        boolean hooks = !request.spec().hooks().of(HookKind.START_CONTAINER).isEmpty();
        if (hooks) {
            process.lateFilter(d, "before the hooks of the container's own tree: they are confined like its program", true);
            root.hooks(d, HookKind.START_CONTAINER);
        }
        process.run(d, hooks);
    }

    /** What stands before the first startContainer hook in the last batch of a created container: the failure of one names its place there. */
    public static int stepsBeforeStartHooks(Spec spec)
    {
        return ProcessPlan.filtersLate(spec.linux(), spec.process()) ? 3 : 1;
    }

    private void running(Draft d)
    {
        switch (request.options().start()) {
            case CREATE -> d.step(new LauncherStep.Detach(), "the container waits without us");
            case RUN -> {
                root.hooks(d, HookKind.POSTSTART);
                if (!forwardsAtExec()) {
                    d.step(new LauncherStep.Forward(false), "after the hooks: signals go to the program, its end comes to us");
                }
            }
            case RUN_DETACHED -> {
                root.hooks(d, HookKind.POSTSTART);
                d.step(new LauncherStep.Detach(), "the container runs without us");
            }
        }
    }

    private Map<String, String> ownEnvironment()
    {
        Map<String, String> own = new TreeMap<>();
        if (request.options().listenFds() > 0) {
            own.put("LISTEN_FDS", Integer.toString(request.options().listenFds()));
            own.put("LISTEN_PID", "1");
        }
        if (request.options().notifyDirectory().isPresent()) {
            own.put("NOTIFY_SOCKET", "/run/notify/notify.sock");
        }
        return own;
    }

    /** Source: OCI config-linux.md#cgroup-ownership. Without a change of owner there is nothing to do. */
    private OptionalLong cgroupOwner()
    {
        boolean writable = request.spec().mounts().stream().anyMatch(this::isWritableCgroupMount);
        boolean own = request.facts().cgroups() instanceof Cgroups.Unified unified && unified.own().isPresent()
                && request.linux().creates(NamespaceType.CGROUP);
        OptionalLong uid = request.hostUid(request.spec().process().user().uid());
        return writable && own && uid.orElse(0) != request.facts().euid() ? uid : OptionalLong.empty();
    }

    private boolean isWritableCgroupMount(Mount mount)
    {
        return mount.type().orElse("").equals("cgroup") && request.target(mount).equals("/sys/fs/cgroup") && !mount.parsedOptions()
                .readonly();
    }

    /** Version 2 has no files for it, whatever the kernel; runc leaves it out without a word. */
    private void warnOfRealtime()
    {
        Optional<Cpu> cpu = request.linux().resources().flatMap(Resources::cpu);
        boolean asked = cpu.filter(limits -> limits.realtimeRuntime().orElse(0) != 0 || limits.realtimePeriod().orElse(0) != 0).isPresent();
        if (asked && request.facts().cgroups() instanceof Cgroups.Unified) {
            draft.warn("ignoring linux.resources.cpu.realtimeRuntime and realtimePeriod: cgroup v2 has no such limits");
        }
    }

    /** Source: OCI config-linux.md#network-devices: moving them takes rights over the host's own network. */
    private void refuseDevices()
    {
        if (!request.linux().netDevices().isEmpty() && request.rootless()) {
            draft.problem("linux.netDevices", "network devices are not supported for rootless containers");
        }
    }
}
