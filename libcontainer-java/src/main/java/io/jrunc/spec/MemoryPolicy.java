package io.jrunc.spec;

import java.util.Optional;
import java.util.Set;

/**
 * NUMA memory policy for set_mempolicy(2). Source: OCI config-linux.md#memory-policy.
 *
 * @param nodes empty = none: required so for DEFAULT and LOCAL, allowed for PREFERRED
 */
public record MemoryPolicy(MemoryPolicyMode mode, Optional<RangeList> nodes, Set<MemoryPolicyFlag> flags)
{
    public MemoryPolicy
    {
        flags = Set.copyOf(flags);
        int count = nodes.map(RangeList::count).orElse(0);
        switch (mode) {
            case DEFAULT, LOCAL -> new Problems()
                    .unless(count == 0, "nodes", "memory policy mode requires 0 nodes but got " + count)
                    .throwIfAny();
            case BIND, INTERLEAVE, PREFERRED_MANY, WEIGHTED_INTERLEAVE -> new Problems()
                    .unless(count > 0, "nodes", "memory policy mode requires at least one node but got 0")
                    .throwIfAny();
            case PREFERRED -> { }
        }
    }

    /** Mode and flags together, as set_mempolicy(2) takes them. */
    public int kernelMode()
    {
        return mode.number() | flags.stream().mapToInt(MemoryPolicyFlag::bit).sum();
    }
}
