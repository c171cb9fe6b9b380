package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.Reply;
import io.jrunc.error.BugException;
import io.jrunc.host.HostProcess;
import io.jrunc.host.IdMaps;
import io.jrunc.host.Namespaces;
import io.jrunc.os.Fd;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.Linux;
import io.jrunc.spec.NamespaceType;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The user namespaces whose maps id-mapped mounts take: one for each mapping of a container, kept until it is made.
 *
 * <p>A mapping of a mount's own needs a namespace that nobody will ever run in. The launcher clones a process for it, as a JVM with
 * its threads cannot; the process is killed as soon as its namespace is held by a descriptor.
 */
final class MountMappings implements AutoCloseable
{
    private static final int SIGKILL = 9;

    private record Mapping(List<IdMapping> uids, List<IdMapping> gids) {}

    private final Channel channel;
    private final Linux linux;
    private final Map<Mapping, Fd> made = new HashMap<>();

    MountMappings(Channel channel, Linux linux)
    {
        this.channel = channel;
        this.linux = linux;
    }

    /**
     * @param init the container's process, its maps written
     * @param place of the mount in config.json
     * @return the descriptor stays ours
     */
    Fd namespace(EngineStep.IdMap map, HostProcess init, String place)
    {
        // Without lists it is the namespace at the path, and only that.
        return made.computeIfAbsent(new Mapping(map.uids(), map.gids()), mapping -> map.namespacePath()
                .map(path -> Namespaces.open(path, NamespaceType.USER.cloneFlag(), place))
                .orElseGet(() -> isContainers(mapping)
                        ? Namespaces.open("/proc/" + init.pid() + "/ns/user", NamespaceType.USER.cloneFlag(), place)
                        : own(mapping, place)));
    }

    private boolean isContainers(Mapping mapping)
    {
        return linux.creates(NamespaceType.USER) && mapping.uids().equals(linux.uidMappings()) && mapping.gids().equals(linux.gidMappings());
    }

    private Fd own(Mapping mapping, String place)
    {
        Reply reply = channel.call(Party.LAUNCHER, List.of(new LauncherStep.Userns()), List.of(), Deadline.after(Deadlines.STEP));
        int pid = (int) reply.results(0).orElseThrow(() -> new BugException("a user namespace without a process")).i();
        try (HostProcess holder = HostProcess.of(pid, reply.descriptor(0).orElseThrow(() -> new BugException("a process without a descriptor")))) {
            try {
                HostSide.attempt(place, "write the id maps of the mount", () -> IdMaps.write(pid, IdMapping.lines(mapping.uids()), IdMapping.lines(mapping.gids()), false));
                return Namespaces.open("/proc/" + pid + "/ns/user", NamespaceType.USER.cloneFlag(), place);
            }
            finally {
                holder.signal(SIGKILL);
            }
        }
    }

    @Override
    public void close()
    {
        made.values().forEach(Fd::close);
        made.clear();
    }
}
