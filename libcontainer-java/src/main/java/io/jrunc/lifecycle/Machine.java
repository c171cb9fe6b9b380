package io.jrunc.lifecycle;

import io.jrunc.cgroup.EngineGroup;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.Detour;
import io.jrunc.host.HostFacts;
import io.jrunc.seccomp.SeccompFacts;

import java.util.List;
import java.util.Optional;

/**
 * What words, not containers, depend on of this machine. Looked up when asked.
 */
public final class Machine
{
    private Machine()
    {
    }

    /** The callers' root is not the machine's. */
    public static boolean inUserNamespace()
    {
        return HostFacts.here().inUserNamespace();
    }

    /** All cgroups are in one version 2 hierarchy. */
    public static boolean unifiedCgroups()
    {
        return HostFacts.here().cgroups().kind() == CgroupLayout.Kind.V2;
    }

    /** For an engine that outlives the command which started it: that command's cgroup is its manager's, to remove or to kill. */
    public static void leaveCgroupOfStarter()
    {
        EngineGroup.enter(HostFacts.here().cgroups());
    }

    /** How many threads of this engine hang in file systems that do not answer, for commands that have ended. */
    public static int threadsLost()
    {
        return Detour.lost();
    }

    /** The last thing that such an engine does. */
    public static void removeCgroupOfEngine()
    {
        EngineGroup.leave(HostFacts.here().cgroups());
    }

    /** E.g. {@code 2.5.4}; empty = libseccomp is not installed. */
    public static Optional<String> libseccompVersion()
    {
        return SeccompFacts.libraryVersion();
    }

    /** Flags of seccomp filters that the library and the kernel know, in the specification's words. */
    public static List<String> seccompFlags()
    {
        return SeccompFacts.supportedFlags();
    }
}
