package io.jrunc.plan;

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
 * @param lastCapability highest capability number of this kernel
 * @param boundingCapabilities mask of those that the caller may hand on
 * @param apparmor, selinux whether the host enforces or offers them
 * @param sources looks at bind sources
 * @param recursiveAttributes mount_setattr(2) is there (Linux 5.12)
 */
public record PlanFacts(
        String rootfs,
        long euid,
        boolean inUserNamespace,
        int lastCapability,
        long boundingCapabilities,
        boolean apparmor,
        boolean selinux,
        boolean recursiveAttributes,
        Cgroups cgroups,
        SourceFacts sources)
{
    public PlanFacts
    {
        requireNonNull(cgroups);
        requireNonNull(sources);
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
         */
        record Unified(String mountpoint, Optional<String> own, boolean cloneInto) implements Cgroups {}

        /**
         * One hierarchy per line, v1; the unified one of a hybrid host is among them with its name {@code unified}.
         *
         * @param hierarchies in the order of the host's mount table
         */
        record Split(List<Hierarchy> hierarchies) implements Cgroups
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
     * @param name of its directory below /sys/fs/cgroup, e.g. {@code "cpu,cpuacct"} or {@code "systemd"}
     * @param option that mounts it: {@code "cpu,cpuacct"}, {@code "name=systemd"}; for the hybrid unified one empty
     * @param links other names of that directory, e.g. {@code cpu} and {@code cpuacct}
     * @param own host directory of the container's group in it
     */
    public record Hierarchy(String name, String option, Set<String> links, String own)
    {
        public Hierarchy
        {
            links = Set.copyOf(links);
        }
    }

    /** Looks at a host path, following links as mounting does. */
    @FunctionalInterface
    public interface SourceFacts
    {
        Kind kind(String path);

        enum Kind
        {
            MISSING,
            DIRECTORY,
            /** Anything else: file, device, socket. */
            FILE,
            /** The root directory of a procfs. */
            PROC_ROOT,
            /** Another directory or file of a procfs. */
            PROC_INSIDE;

            /** True for what is not a directory, so that a missing target becomes a file. */
            public boolean file()
            {
                return this == FILE;
            }
        }
    }
}
