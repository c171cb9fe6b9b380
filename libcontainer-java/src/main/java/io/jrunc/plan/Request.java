package io.jrunc.plan;

import io.jrunc.spec.IdMapping;
import io.jrunc.spec.Linux;
import io.jrunc.spec.Mount;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What a plan is made from, with the questions that several parts of it ask. */
record Request(Spec spec, RunOptions options, PlanFacts facts)
{
    Linux linux()
    {
        return spec.linux();
    }

    /** Without a mount namespace of its own the container's mounts are the host's, and the root can only be changed by chroot. */
    boolean ownMounts()
    {
        return linux().has(NamespaceType.MOUNT);
    }

    /** The container's root is a user namespace's, not the host's: no mknod, and cgroups mount only with a namespace of their own. */
    boolean inUserNamespace()
    {
        return facts.inUserNamespace() || linux().has(NamespaceType.USER);
    }

    boolean rootless()
    {
        return facts.euid() != 0;
    }

    /**
     * Where a mount goes, as a path inside the container. A destination that is spelled with the root's path on the host means the place
     * below it, as runc reads it: {@code /bundle/rootfs/data} of the root {@code /bundle/rootfs} → {@code /data}.
     */
    String target(Mount mount)
    {
        String destination = mount.destination();
        if (isPlain(destination) && !destination.startsWith(facts.rootfs())) {
            return destination;
        }
        Path root = Path.of(facts.rootfs());
        Path path = Path.of("/").resolve(destination).normalize();
        boolean spelledFromHost = root.getNameCount() > 0 && path.startsWith(root);
        return spelledFromHost ? Path.of("/").resolve(root.relativize(path)).toString() : path.toString();
    }

    /** An absolute path as it comes out of normalizing: nothing in it but names. */
    private static boolean isPlain(String path)
    {
        return path.startsWith("/") && !path.endsWith("/") && !path.contains("//") && !path.contains("/.") && path.indexOf('\0') < 0;
    }

    /** The cgroup exists before the process, and one clone puts it there. */
    boolean cloneInto()
    {
        return facts.cgroups() instanceof PlanFacts.Cgroups.Unified unified && unified.cloneInto() && unified.own().isPresent();
    }

    /** The clone puts the process into the unified hierarchy of a host that has the others as well. */
    boolean hybrid()
    {
        // Version 2 wants a right over the group that both ends have in common; version 1 over the end alone.
        return facts.cgroups() instanceof PlanFacts.Cgroups.Split split && split.hybrid() && !split.processFirst() && !rootless();
    }

    /** The process moves itself: version 1 has no way to be born in a cgroup. */
    boolean joinsItself()
    {
        return facts.cgroups() instanceof PlanFacts.Cgroups.Split split && !split.processFirst();
    }

    /** Mappings of the container's user namespace; none = it has none of its own. */
    List<IdMapping> uids()
    {
        return linux().joins(NamespaceType.USER).isPresent() ? facts.joinedUids() : linux().uidMappings();
    }

    List<IdMapping> gids()
    {
        return linux().joins(NamespaceType.USER).isPresent() ? facts.joinedGids() : linux().gidMappings();
    }

    /** A user of the container as the runtime sees him; empty = he is not mapped. */
    OptionalLong hostUid(long uid)
    {
        return linux().has(NamespaceType.USER) ? IdMapping.toHost(uids(), uid) : OptionalLong.of(uid);
    }

    OptionalLong hostGid(long gid)
    {
        return linux().has(NamespaceType.USER) ? IdMapping.toHost(gids(), gid) : OptionalLong.of(gid);
    }
}
