package io.jrunc.plan;

import io.jrunc.plan.PlanFacts.Cgroups;
import io.jrunc.spec.Mount;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Mounts of a container whose content is the host's: a checkpoint does not save it, and a restore is told where to find it.
 */
public final class ExternalMounts
{
    /**
     * One of them.
     *
     * @param target inside the container, links not followed
     * @param source on the host
     */
    public record External(String target, String source) {}

    private ExternalMounts() {}

    /** In the bundle's order; devices are among them, as they are bound where they cannot be made. */
    public static List<External> of(Spec spec, RunOptions options, PlanFacts facts)
    {
        Request request = new Request(spec, options, facts);
        List<External> all = new ArrayList<>();
        MountPlan mounts = new MountPlan(request);
        for (Mount mount : spec.mounts()) {
            if (mount.parsedOptions().bind()) {
                all.add(new External(request.target(mount), mounts.hostPath(mount.source().orElse(""))));
            }
            else if (mount.type().orElse("").equals("cgroup") && facts.cgroups() instanceof Cgroups.Split split && !spec.linux().has(NamespaceType.CGROUP)) {
                split.hierarchies().forEach(hierarchy -> all.add(new External(request.target(mount) + "/" + hierarchy.name(), hierarchy.own())));
            }
        }
        options.notifyDirectory().ifPresent(directory -> all.add(new External(MountPlan.NOTIFY, directory)));
        new DevicePlan(request).paths().forEach(path -> all.add(new External(path, path)));
        return List.copyOf(all);
    }

    /** Whether something of a file system in memory, which a checkpoint saves whole, holds this place. */
    static boolean inMemory(Request request, String target)
    {
        return request.spec().mounts().stream()
                .anyMatch(mount -> !mount.parsedOptions().bind() && mount.type().equals(Optional.of("tmpfs")) && target.startsWith(request.target(mount) + "/"));
    }
}
