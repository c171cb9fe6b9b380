package io.jrunc.plan;

import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.Linux;
import io.jrunc.spec.NamespaceType;

import java.util.List;
import java.util.Set;

import static io.jrunc.spec.NamespaceType.CGROUP;
import static io.jrunc.spec.NamespaceType.IPC;
import static io.jrunc.spec.NamespaceType.MOUNT;
import static io.jrunc.spec.NamespaceType.NETWORK;
import static io.jrunc.spec.NamespaceType.PID;
import static io.jrunc.spec.NamespaceType.TIME;
import static io.jrunc.spec.NamespaceType.USER;
import static io.jrunc.spec.NamespaceType.UTS;

/**
 * The process and its namespaces.
 *
 * <p>Usually one clone makes all new namespaces. It cannot where a user namespace must come before some of them and after others
 * that are joined, or where a pid namespace is joined, which only children enter: then the init does it in stages and forks.
 */
final class NamespacePlan
{
    /** Order of setns: the mount namespace late, as the paths of the others are opened before; cgroup and time last, as when they are made. */
    private static final List<NamespaceType> JOIN_ORDER = List.of(IPC, UTS, NETWORK, PID, MOUNT, CGROUP, TIME);
    private static final List<NamespaceType> CLONED = List.of(USER, IPC, UTS, NETWORK, PID, MOUNT);
    private static final List<NamespaceType> UNSHARED = List.of(IPC, UTS, NETWORK, MOUNT);

    private final Request request;
    private final Linux linux;
    private final boolean staged;

    NamespacePlan(Request request)
    {
        this.request = request;
        this.linux = request.linux();
        this.staged = linux.joins(PID).isPresent() || linux.joins(USER).isPresent()
                || linux.creates(USER) && JOIN_ORDER.stream().anyMatch(type -> linux.joins(type).isPresent());
    }

    /** Some managers give the mappings of the user namespace that they name: fine where they are its own, else one of both is wrong. */
    void compareMaps(Draft draft)
    {
        if (linux.joins(USER).isEmpty()) {
            return;
        }
        compareMaps(draft, "linux.uidMappings", linux.uidMappings(), request.facts().joinedUids());
        compareMaps(draft, "linux.gidMappings", linux.gidMappings(), request.facts().joinedGids());
    }

    /** The kernel itself would only say EINVAL, and not of which. */
    void checkKinds(Draft draft)
    {
        for (NamespaceType type : NamespaceType.values()) {
            if (linux.has(type) && !request.facts().namespaces().contains(type)) {
                draft.problem(path(type), "this kernel has no " + type.word() + " namespaces (/proc/self/ns/" + type.procName() + " is missing)");
            }
        }
    }

    private static void compareMaps(Draft draft, String path, List<IdMapping> asked, List<IdMapping> real)
    {
        if (asked.isEmpty()) {
            return;
        }
        if (real.isEmpty()) {
            draft.warn(path + " beside the path of a user namespace: not compared with its maps, as the path names no process");
        }
        else if (Set.copyOf(asked).equals(Set.copyOf(real))) {
            draft.warn(path + " beside the path of a user namespace: they are its own, and not needed");
        }
        else {
            draft.problem(path, "the user namespace that is joined has other mappings: " + IdMapping.lines(real).strip().replace("\n", ", "));
        }
    }

    /** The init forks once more: a limit of one process would forbid it. */
    boolean forks()
    {
        return staged && linux.has(PID);
    }

    /** What can be said of the plan's beginning before the rest is planned: the same steps that the plan begins with. */
    void cloneInit(Draft draft)
    {
        boolean cloneInto = request.cloneInto();
        int cgroup = cloneInto || request.hybrid() ? Slots.CGROUP : Slots.NONE;
        if (cloneInto) {
            draft.work(new EngineStep.CreateCgroup(cgroup), "the process starts in its cgroup, so that nothing of it is ever outside",
                    "linux.cgroupsPath");
        }
        if (request.hybrid()) {
            draft.work(new EngineStep.OpenCgroup(cgroup), "in the unified hierarchy the process starts in its cgroup", "linux.cgroupsPath");
        }
        if (request.options().subreaper()) {
            draft.step(new LauncherStep.Subreaper(), "processes that lose their parent are reaped by the launcher");
        }
        if (request.options().stdio() instanceof Stdio.Piped) {
            draft.step(new LauncherStep.StdioPipes(request.hostUid(0).orElse(0), request.hostGid(0).orElse(0)),
                    "attached without a terminal: the program gets pipes, never the caller's terminal", "process.terminal");
        }
        draft.step(new LauncherStep.Clone(cloneFlags(), held(), cgroup, request.options().listenFds() + request.options().preserveFds(), Kernel.SIGKILL),
                staged
                        ? "namespaces are joined that cannot be combined with new ones in one clone: see phase namespaces"
                        : "all new namespaces at once; those of cgroup and time must wait until it is in its cgroup", "linux.namespaces");
        draft.work(new EngineStep.Dispatch(), "the kernel makes namespaces while the rest is planned");
    }

    /** Where it was not born in its cgroup. */
    void cgroup(Draft draft)
    {
        if (!request.cloneInto()) {
            draft.work(new EngineStep.CreateCgroup(Slots.NONE), "made while the process mounts", "linux.cgroupsPath");
            draft.work(new EngineStep.JoinCgroup(request.joinsItself() ? Slots.JOIN : Slots.NONE), "before the cgroup namespace, which begins here", "linux.cgroupsPath");
        }
    }

    /** Where it is in its cgroup. */
    void cgroupNamespace(Draft draft)
    {
        if (creates(CGROUP)) {
            draft.step(new NamespaceStep.Unshare(Kernel.CLONE_NEWCGROUP), "its root is the cgroup the process is in now", path(CGROUP));
        }
    }

    void fromOutside(Draft draft)
    {
        linux.intelRdt().ifPresent(asked -> draft.work(new EngineStep.JoinResctrl(), "before it has children, which inherit the group",
                "linux.intelRdt"));
        if (creates(USER) && !staged) {
            draft.work(idMaps(), "only its parent namespace may say whom the ids stand for", "linux.uidMappings");
        }
        request.spec().process().oomScoreAdj().ifPresent(score -> draft.work(new EngineStep.SetOomScoreAdj(score),
                "while /proc of the process still belongs to the caller", "process.oomScoreAdj"));
        if (held()) {
            draft.step(new LauncherStep.Release(), "it has its ids now");
        }
    }

    void enter(Draft draft)
    {
        if (staged) {
            enterInStages(draft);
        }
        else {
            JOIN_ORDER.forEach(type -> open(draft, type));
            JOIN_ORDER.forEach(type -> join(draft, type));
        }
        if (creates(TIME)) {
            draft.step(new NamespaceStep.Unshare(Kernel.CLONE_NEWTIME), "offsets can be written only before anyone is inside", path(TIME));
            draft.step(new NamespaceStep.TimensOffsets(timeOffsets()), "then entered", linux.timeOffsets().isEmpty() ? path(TIME)
                    : "linux.timeOffsets");
        }
        if (forks()) {
            draft.step(new NamespaceStep.Fork(creates(PID) ? Kernel.CLONE_NEWPID : 0), "only a child is inside the pid namespace",
                    path(PID));
        }
    }

    /**
     * Privileged, everything is joined with the host's power, before it is given up by entering the user namespace. Unprivileged, that
     * namespace is what gives the power to join the others, which it must own.
     */
    private void enterInStages(Draft draft)
    {
        boolean userFirst = !request.facts().mountsForOthers();
        open(draft, USER);
        JOIN_ORDER.forEach(type -> open(draft, type));
        if (userFirst) {
            enterUser(draft);
        }
        JOIN_ORDER.forEach(type -> join(draft, type));
        if (!userFirst) {
            enterUser(draft);
        }
        long rest = UNSHARED.stream().filter(this::creates).mapToLong(NamespaceType::cloneFlag).sum();
        if (rest != 0) {
            draft.step(new NamespaceStep.Unshare(rest), "owned by the user namespace, as they come after it", "linux.namespaces");
        }
    }

    private void enterUser(Draft draft)
    {
        if (linux.joins(USER).isPresent()) {
            join(draft, USER);
            draft.step(new NamespaceStep.BecomeRoot(), "root of the user namespace, whoever made it", path(USER));
        }
        else if (creates(USER)) {
            draft.step(new NamespaceStep.Unshare(Kernel.CLONE_NEWUSER), "before the namespaces that it shall own", path(USER));
            // The files of a process that is not dumpable belong to root: the engine of another user could not write its maps.
            if (request.rootless()) {
                draft.step(new NamespaceStep.Dumpable(true), "opens its id maps to the engine, for a moment", path(USER));
            }
            draft.work(idMaps(), "only its parent namespace may say whom the ids stand for", "linux.uidMappings");
            if (request.rootless()) {
                draft.step(new NamespaceStep.Dumpable(false), "nobody inside the joined namespaces shall reach this process", path(USER));
            }
            draft.step(new NamespaceStep.BecomeRoot(), "it has its ids now", path(USER));
        }
    }

    private void open(Draft draft, NamespaceType type)
    {
        linux.joins(type).ifPresent(path -> draft.work(new EngineStep.OpenNamespace(slot(type), path, type.cloneFlag()),
                "the path is one of the runtime's mount namespace", path(type)));
    }

    private void join(Draft draft, NamespaceType type)
    {
        if (linux.joins(type).isPresent()) {
            draft.step(new NamespaceStep.Setns(slot(type), type.cloneFlag()), "shared with whoever made it", path(type));
        }
    }

    private EngineStep.WriteIdMaps idMaps()
    {
        return new EngineStep.WriteIdMaps(linux.uidMappings(), linux.gidMappings());
    }

    private long cloneFlags()
    {
        long flags = 0;
        for (NamespaceType type : CLONED) {
            flags |= creates(type) ? type.cloneFlag() : 0;
        }
        return staged ? 0 : flags;
    }

    /** The child waits before it becomes our init: for its ids, or as the score cannot be set from an unprivileged caller later. */
    private boolean held()
    {
        return !staged && creates(USER) || request.rootless() && request.spec().process().oomScoreAdj().isPresent();
    }

    private boolean creates(NamespaceType type)
    {
        return linux.creates(type);
    }

    /** One line a clock, as timens_offsets(7) reads them. */
    private String timeOffsets()
    {
        StringBuilder text = new StringBuilder();
        linux.timeOffsets().forEach((clock, offset) -> text.append(clock.word()).append(' ').append(offset.secs()).append(' ')
                .append(offset.nanosecs()).append('\n'));
        return text.toString();
    }

    static int slot(NamespaceType type)
    {
        return Slots.NAMESPACE + type.ordinal();
    }

    private String path(NamespaceType type)
    {
        return namespacePath(linux, type);
    }

    static String namespacePath(Linux linux, NamespaceType type)
    {
        for (int i = 0; i < linux.namespaces().size(); i++) {
            if (linux.namespaces().get(i).type() == type) {
                return "linux.namespaces[" + i + "]" + (linux.namespaces().get(i).path().isPresent() ? ".path" : "");
            }
        }
        return "linux.namespaces";
    }
}
