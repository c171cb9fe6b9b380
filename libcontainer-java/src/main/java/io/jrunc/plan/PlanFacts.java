package io.jrunc.plan;

import io.jrunc.spec.IdMapping;
import io.jrunc.spec.NamespaceType;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * The few facts about the host that shape a plan. Gathered by the caller: the plan itself asks nobody.
 *
 * @param rootfs canonical absolute path of the container's root
 * @param euid of the caller
 * @param inUserNamespace the runtime itself runs in a user namespace that is not the initial one
 * @param mountsForOthers the engine may open detached trees of its own mounts (CAP_SYS_ADMIN over its mount namespace); without, the
 *        init opens bind sources itself, and joins the user namespace before all others
 * @param setgroupsDenied /proc/self/setgroups of the caller says "deny"
 * @param lastCapability highest capability number of this kernel
 * @param apparmor the kernel has AppArmor enabled
 * @param selinux the kernel has SELinux enabled
 * @param mountSetattr mount_setattr(2) is there (Linux 5.12)
 * @param namespaces kinds of namespaces that the kernel has
 * @param joinedUids uid_map of the user namespace that is joined by path; empty = none is joined
 * @param joinedGids likewise gid_map
 */
public record PlanFacts(
        String rootfs,
        long euid,
        boolean inUserNamespace,
        boolean mountsForOthers,
        boolean setgroupsDenied,
        int lastCapability,
        boolean apparmor,
        boolean selinux,
        boolean mountSetattr,
        Set<NamespaceType> namespaces,
        List<IdMapping> joinedUids,
        List<IdMapping> joinedGids,
        Cgroups cgroups,
        SourceFacts sources)
{
    public PlanFacts
    {
        namespaces = namespaces.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(namespaces));
        joinedUids = List.copyOf(joinedUids);
        joinedGids = List.copyOf(joinedGids);
        requireNonNull(cgroups);
        requireNonNull(sources);
        if (!rootfs.startsWith("/")) {
            throw new IllegalArgumentException("rootfs " + rootfs);
        }
    }

    /** How the host's cgroups are laid out, and where the container's are. */
    public sealed interface Cgroups
    {
        /**
         * One unified hierarchy.
         *
         * @param mountpoint usually {@code /sys/fs/cgroup}
         * @param own host directory of the container's group; empty = it has none (rootless without permission)
         * @param cloneInto the group is made before the process, which starts in it; false where systemd needs the process first
         * @param initial the runtime is in the first cgroup namespace and sees all of the hierarchy: a new mount from there gives all its
         *        mounts new options
         */
        record Unified(String mountpoint, Optional<String> own, boolean cloneInto, boolean initial) implements Cgroups {}

        /**
         * Hierarchies of cgroup v1; the unified one of a hybrid host is not offered to containers, which are in it all the same.
         *
         * @param hierarchies in the order of the host's mount table; those in which the container has a group
         * @param hybrid it has one in the unified hierarchy as well
         * @param processFirst its groups are made around a process: systemd needs one
         */
        record Split(List<Hierarchy> hierarchies, boolean hybrid, boolean processFirst) implements Cgroups
        {
            public Split
            {
                hierarchies = List.copyOf(hierarchies);
            }
        }
    }

    /**
     * A v1 hierarchy.
     *
     * @param name of its directory below /sys/fs/cgroup, e.g. {@code "cpu,cpuacct"}, {@code "memory"}, {@code "systemd"}; co-mounted
     *        controllers with a comma
     * @param option that mounts it: {@code "cpu,cpuacct"}, {@code "name=systemd"}
     * @param own host directory of the container's group in it
     */
    public record Hierarchy(String name, String option, String own) {}

    /** Looks at host paths. */
    public interface SourceFacts
    {
        /** What a bind of this path would bind, links followed. */
        Kind kind(String path);

        /** The text of the symbolic link at this path; empty = it is none. */
        Optional<String> link(String path);

        enum Kind
        {
            MISSING,
            DIRECTORY,
            /** Anything that is not a directory: file, device, socket. */
            FILE,
            /** The root directory of a procfs. */
            PROC_ROOT,
            /** Another directory of a procfs. */
            PROC_DIRECTORY,
            /** A file of a procfs. */
            PROC_FILE;

            /** True for what needs a file to be mounted on. */
            public boolean file()
            {
                return this == FILE || this == PROC_FILE;
            }

            public boolean proc()
            {
                return this == PROC_ROOT || this == PROC_DIRECTORY || this == PROC_FILE;
            }
        }
    }
}
