package io.jrunc.lifecycle;

import io.jrunc.host.SourceTrees;

/** The network namespace of the host, which sysctls of a container must not reach. */
final class HostNetwork
{
    private HostNetwork() {}

    /** True when the path leads to a network namespace that is not the engine's own. */
    static boolean isAnother(String path)
    {
        return !SourceTrees.sameFile(path, "/proc/self/ns/net");
    }
}
