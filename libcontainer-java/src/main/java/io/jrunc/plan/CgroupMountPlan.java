package io.jrunc.plan;

import io.jrunc.error.Errno;
import io.jrunc.plan.PlanFacts.Cgroups;
import io.jrunc.spec.Mount;
import io.jrunc.spec.MountOptions;
import io.jrunc.spec.NamespaceType;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Mounts of type {@code cgroup}: what the container sees of its cgroups, on unified hosts and on older ones. */
final class CgroupMountPlan
{
    private static final long SAFE = Kernel.MOUNT_ATTR_NOSUID | Kernel.MOUNT_ATTR_NODEV | Kernel.MOUNT_ATTR_NOEXEC;

    private static final long DIRECTORY_MODE = 0755;

    private static final Set<Integer> NO_GROUP = Set.of(Errno.ENOENT, Errno.EACCES, Errno.EPERM);

    private final Request request;
    private final MountPlan mounts;

    CgroupMountPlan(Request request, MountPlan mounts)
    {
        this.request = request;
        this.mounts = mounts;
    }

    void mount(Draft draft, String path, Mount mount, MountOptions options)
    {
        switch (request.facts().cgroups()) {
            case Cgroups.Unified unified -> unified(draft, path, mount, options, unified);
            case Cgroups.Split split -> split(draft, path, mount, options, split);
        }
    }

    private void unified(Draft draft, String path, Mount mount, MountOptions options, Cgroups.Unified cgroups)
    {
        String target = request.target(mount);
        if (cgroups.initial() && !request.linux().has(NamespaceType.CGROUP) && request.facts().mountsForOthers() && options.data().isEmpty()) {
            bind(draft, path, target, options, cgroups, "the host's own mount: a new one would take its options, such as nsdelegate, from all");
            propagate(draft, options, target, path);
            return;
        }
        RootfsStep.MountFs fresh = new RootfsStep.MountFs("cgroup2", mount.source().orElse("cgroup"), MountPlan.split(options.data()),
                MountPlan.attributes(options.set()), target, 0);
        String why = "the unified hierarchy, from the container's cgroup down if it has a cgroup namespace";
        if (cannotBeRefused(target)) {
            draft.step(fresh, why, path);
        }
        else {
            draft.fallback(fresh, why, path, Set.of(Errno.EPERM, Errno.EBUSY), instead -> bind(instead, path, target, options, cgroups, request.linux().has(NamespaceType.CGROUP)
                    ? "a user namespace cannot mount it; the container's own group looks the same"
                    : "a user namespace without a cgroup namespace cannot mount it"));
        }
        propagate(draft, options, target, path);
    }

    private void bind(Draft draft, String path, String target, MountOptions options, Cgroups.Unified cgroups, String why)
    {
        boolean namespaced = request.linux().has(NamespaceType.CGROUP);
        String source = namespaced ? cgroups.own().orElse(cgroups.mountpoint()) : cgroups.mountpoint();
        long set = MountPlan.attributes(options.set());
        if (request.facts().mountsForOthers()) {
            int slot = draft.sourceSlot();
            draft.work(new EngineStep.OpenSource(slot, source, false, true,
                    new EngineStep.TreeChange(Optional.of(new EngineStep.BindAttributes(set, 0, false)), 0, 0, Optional.empty())), why, path);
            draft.step(new RootfsStep.MountTree(slot, target, 0), why, path);
            return;
        }
        // Its own group may lie outside of what an unprivileged caller sees; the host's tree must not stay visible and writable then.
        draft.fallback(new RootfsStep.MountInner(source, true, target, set, 0, 0), why, path, Set.of(Errno.ENOENT),
                masked -> masked.step(new RootfsStep.MaskPath(target), "never leave the host's cgroups writable here", path));
    }

    /** In the host's user namespace, with a fresh cgroup namespace and nothing mounted there before, the kernel has no reason to. */
    private boolean cannotBeRefused(String target)
    {
        boolean covered = request.spec().mounts().stream()
                .anyMatch(other -> other.parsedOptions().bind() && (target + "/").startsWith(request.target(other) + "/"));
        return request.linux().creates(NamespaceType.CGROUP) && !request.inUserNamespace() && !request.rootless() && !covered;
    }

    private void split(Draft draft, String path, Mount mount, MountOptions options, Cgroups.Split cgroups)
    {
        String target = request.target(mount);
        draft.step(new RootfsStep.MountFs("tmpfs", "tmpfs", List.of("mode=755"), SAFE, target, 0), "holds one directory per hierarchy",
                path);
        propagate(draft, options, target, path);
        boolean namespaced = request.linux().has(NamespaceType.CGROUP);
        for (PlanFacts.Hierarchy hierarchy : cgroups.hierarchies()) {
            String directory = target + "/" + hierarchy.name();
            if (namespaced) {
                boolean named = hierarchy.option().startsWith("name=");
                List<String> words = List.of(hierarchy.option().split(","));
                long readonly = options.readonly() ? Kernel.MOUNT_ATTR_RDONLY : 0;
                draft.step(new RootfsStep.MountFs("cgroup", named ? hierarchy.name() : "cgroup", words, SAFE | readonly, directory, 0),
                        "from the container's cgroup down, as it has a cgroup namespace", path);
            }
            else if (!request.facts().mountsForOthers()) {
                // A user may have made none there: then the container is in its caller's, and the mount shows that, whatever its options say read-only.
                long attributes = MountPlan.attributes(options.set()) | SAFE;
                String callers = hierarchy.own().substring(0, hierarchy.own().lastIndexOf('/'));
                draft.fallback(new RootfsStep.MountInner(hierarchy.own(), true, directory, attributes, 0, 0),
                        "the container's own group, if its user could make one", path, NO_GROUP,
                        instead -> instead.fallback(new RootfsStep.MountInner(callers, true, directory, attributes | Kernel.MOUNT_ATTR_RDONLY, 0, 0),
                                "no group was made in this hierarchy: its caller's, where it is", path, NO_GROUP,
                                empty -> empty.step(new RootfsStep.Mkdir(directory, DIRECTORY_MODE), "nothing of this hierarchy is in reach", path)));
            }
            else {
                mounts.bind(draft, new MountPlan.Bind(hierarchy.own(), directory, asBind(options), Optional.empty(), true),
                        "the container's own group; without a cgroup namespace a mount would show the host's", path);
            }
        }
        for (PlanFacts.Hierarchy hierarchy : cgroups.hierarchies()) {
            for (String controller : controllers(hierarchy.name())) {
                draft.step(new RootfsStep.Symlink(hierarchy.name(), target + "/" + controller, false),
                        "controllers mounted together are found by each name", path);
            }
        }
        if (options.readonly()) {
            draft.step(new RootfsStep.RemountRo(target, 0), "complete now", path + ".options");
        }
    }

    private static MountOptions asBind(MountOptions options)
    {
        return new MountOptions(true, true, options.set(), options.cleared(), options.propagation(), options.recursive(), options.idmap(),
                false,
                false, false, false, List.of());
    }

    private static List<String> controllers(String name)
    {
        return name.contains(",") ? List.of(name.split(",")) : List.of();
    }

    private static void propagate(Draft draft, MountOptions options, String target, String path)
    {
        options.propagation().forEach(propagation -> draft.step(
                new RootfsStep.MountAttr(target, propagation.recursive(), 0, 0, propagation.type()), "after the mount", path + ".options"));
    }
}
