package io.jrunc.plan;

import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.Mount;
import io.jrunc.spec.MountOptions;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;

import java.util.List;
import java.util.Optional;

/**
 * Plans the process that becomes criu: our init, which executes it in the end. So criu is the launcher's child, has the caller's world
 * around it, and is ended as an init is.
 *
 * <p>For a restore it is also in the container's cgroup, and in a mount namespace of its own: what has to be mounted while the
 * container's places are made goes with it, whatever ends it.
 */
public final class CriuPlanBuilder
{
    private static final long DIRECTORY_MODE = 0755;

    private final Request request;
    private final Draft draft = new Draft();

    private CriuPlanBuilder(Request request)
    {
        this.request = request;
    }

    /**
     * criu for a checkpoint: a process of the host like any other.
     *
     * @param shellJob the container may be part of the caller's session, which criu then has to be in, too
     */
    public static Plan checkpoint(boolean shellJob)
    {
        Draft draft = new Draft();
        Phase clone = draft.phase("clone", "the launcher's child, as criu has to stand where the caller stands", d -> {
            d.step(new LauncherStep.Clone(0, false, Slots.NONE, 0, Kernel.SIGKILL), "becomes criu");
            if (!shellJob) {
                d.step(new NamespaceStep.Setsid(), "a key of the caller's terminal is the launcher's to hear: criu killed half way would leave its work undone");
            }
        });
        return plan(List.of(clone), none("running"), List.of());
    }

    /**
     * criu for a restore: the container's cgroup, its limits, and its root with all places where something is mounted.
     *
     * @param options {@link Start#CREATE} makes no sense here
     * @throws io.jrunc.error.SpecException with everything that stands in the way, each with its place
     */
    public static Plan restore(Spec spec, RunOptions options, PlanFacts facts)
    {
        return new CriuPlanBuilder(new Request(spec, options, facts)).build();
    }

    private Plan build()
    {
        request.linux().joins(NamespaceType.CGROUP).ifPresent(path -> draft.problem(NamespacePlan.namespacePath(request.linux(), NamespaceType.CGROUP),
                "criu cannot restore into a cgroup namespace that exists"));
        List<Phase> preparation = List.of(
                draft.phase("clone", "the launcher's child, as its own children become criu's sisters", this::cloneProcess),
                draft.phase("cgroup", "before criu, whose children are born where it is", this::cgroup),
                draft.phase("mounts", "criu mounts where it finds a place, and makes none", this::places),
                draft.phase("root", "last: it covers what was mounted to make places", this::root),
                draft.phase("limits", "before there is anything of the container's that they hold for",
                        d -> d.work(new EngineStep.LimitCgroup(false), "all controllers and device rules", "linux.resources")));
        Phase running = draft.phase("running", "the container goes on", this::running);
        draft.throwIfAnyProblem();
        return plan(preparation, running, draft.warnings());
    }

    private static Plan plan(List<Phase> preparation, Phase running, List<String> warnings)
    {
        return new Plan(preparation, none("start"), running, List.of(), new Environment(List.of(), Optional.empty()), warnings);
    }

    private static Phase none(String name)
    {
        return new Phase(name, "nothing", List.of());
    }

    private void cloneProcess(Draft d)
    {
        int cgroup = request.cloneInto() || request.hybrid() ? Slots.CGROUP : Slots.NONE;
        if (request.cloneInto()) {
            d.work(new EngineStep.CreateCgroup(cgroup), "the process starts in the container's cgroup", "linux.cgroupsPath");
        }
        if (request.hybrid()) {
            d.work(new EngineStep.OpenCgroup(cgroup), "in the unified hierarchy the process starts in the container's cgroup", "linux.cgroupsPath");
        }
        if (request.options().subreaper()) {
            d.step(new LauncherStep.Subreaper(), "processes that lose their parent are reaped by the launcher");
        }
        if (request.options().stdio() instanceof Stdio.Piped) {
            d.step(new LauncherStep.StdioPipes(request.hostUid(0).orElse(0), request.hostGid(0).orElse(0)),
                    "attached without a terminal: the program gets pipes, never the caller's terminal", "process.terminal");
        }
        d.step(new LauncherStep.Clone(Kernel.CLONE_NEWNS, false, cgroup, 0, Kernel.SIGKILL), "with mounts of its own");
        if (!request.cloneInto()) {
            d.work(new EngineStep.Dispatch(), "the kernel makes namespaces while the cgroup is made");
            d.work(new EngineStep.CreateCgroup(Slots.NONE), "made while the process is", "linux.cgroupsPath");
        }
    }

    private void cgroup(Draft d)
    {
        request.linux().intelRdt().ifPresent(asked -> d.work(new EngineStep.JoinResctrl(), "before it has children, which inherit the group", "linux.intelRdt"));
        if (!request.cloneInto()) {
            d.work(new EngineStep.JoinCgroup(request.joinsItself() ? Slots.JOIN : Slots.NONE), "its children are born in it", "linux.cgroupsPath");
        }
    }

    /** As a new container gets them. Those of cgroups come with the file system that holds them, those in memory from the images. */
    private void places(Draft d)
    {
        d.step(new RootfsStep.Propagation("", Kernel.MS_REC | Kernel.MS_SLAVE), "no mount of ours reaches the host");
        d.step(new RootfsStep.Rootfs(request.facts().rootfs(), 0), "the directory as it is", "root.path");
        MountPlan mounts = new MountPlan(request);
        for (int i = 0; i < request.spec().mounts().size(); i++) {
            Mount mount = request.spec().mounts().get(i);
            String target = request.target(mount);
            boolean cgroups = !mount.parsedOptions().bind() && mount.type().orElse("").equals("cgroup");
            if (!cgroups && !target.equals("/") && !ExternalMounts.inMemory(request, target)) {
                place(d, mounts, mount, target, "mounts[" + i + "]");
            }
        }
        request.options().notifyDirectory().filter(directory -> !ExternalMounts.inMemory(request, MountPlan.NOTIFY))
                .ifPresent(directory -> d.step(new RootfsStep.Mkdir(MountPlan.NOTIFY, DIRECTORY_MODE), "place of the socket to a service manager"));
    }

    private void place(Draft d, MountPlan mounts, Mount mount, String target, String path)
    {
        MountOptions options = mount.parsedOptions();
        if (!options.bind()) {
            d.step(new RootfsStep.Mkdir(target, DIRECTORY_MODE), "a place to mount it", path);
            return;
        }
        String source = mounts.hostPath(mount.source().orElse(""));
        Optional<String> link = options.copySymlink() ? request.facts().sources().link(source) : Optional.empty();
        if (link.isPresent()) {
            d.step(new RootfsStep.Symlink(link.get(), target, false), "the source is a link and shall stay one", path);
            return;
        }
        // Mounted for the moment: places of later mounts may lie in it.
        MountOptions plain = MountOptions.parse(List.of("rbind"));
        MountOptions follow = new MountOptions(true, true, plain.set(), plain.cleared(), plain.propagation(), plain.recursive(), Optional.empty(), false, false,
                options.srcNofollow(), options.destNofollow(), List.of());
        mounts.bind(d, new MountPlan.Bind(source, target, follow, Optional.empty(), false), "a place to mount it, and those in it", path);
    }

    /** From outside of our mount namespace, where none of those mounts are. */
    private void root(Draft d)
    {
        int slot = d.sourceSlot();
        d.work(new EngineStep.OpenSource(slot, request.facts().rootfs(), true, true,
                new EngineStep.TreeChange(Optional.empty(), 0, 0, Optional.empty())), "as the host sees it", "root.path");
        d.step(new RootfsStep.Rootfs("/", 0), "the path of the root is one of the host's");
        d.step(new RootfsStep.MountTree(slot, request.facts().rootfs(), Kernel.MF_NO_CREATE), "criu takes only a mount as root", "root.path");
    }

    private void running(Draft d)
    {
        if (request.options().start() == Start.RUN) {
            d.step(new LauncherStep.Forward(false), "signals go to the program, its end comes to us");
        }
        else {
            d.step(new LauncherStep.Detach(), "the container runs without us");
        }
    }
}
