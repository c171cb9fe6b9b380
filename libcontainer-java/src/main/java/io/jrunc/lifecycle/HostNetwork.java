package io.jrunc.lifecycle;

import io.jrunc.host.Detour;
import io.jrunc.host.SourceTrees;

import java.util.function.BooleanSupplier;

/** The network namespace of the host, which sysctls of a container must not reach. */
final class HostNetwork
{
    private HostNetwork() {}

    /** True when the path leads to a network namespace that is not the engine's own. @param gone the caller waits no more */
    static boolean isAnother(String path, BooleanSupplier gone)
    {
        return Detour.take(() -> path, gone, () -> !SourceTrees.sameFile(path, "/proc/self/ns/net"), late -> { });
    }
}
