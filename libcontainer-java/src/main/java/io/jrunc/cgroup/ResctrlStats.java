package io.jrunc.cgroup;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What resctrl says of the group that a container is in. Shaped as {@code events --stats} prints it.
 * Source: the kernel's Documentation/filesystems/resctrl.rst.
 *
 * <p>Numbers are unsigned 64 bit. One of {@link L3Cache} and {@link MemoryBandwidth} that is 0 is 0 or was not told.
 *
 * @param l3Cache empty = not allocated, or code and data apart (CDP): then it has two other names and only {@code schemata} tells of it
 * @param memoryBandwidth empty = not allocated
 * @param schemata lines of the group that the container is in, as the kernel aligns them
 * @param traffic one entry an L3 cache, in the order of their names; empty = not counted
 * @param occupancy bytes in use, one entry an L3 cache likewise; an entry without a number = not counted now
 */
public record ResctrlStats(Optional<L3Cache> l3Cache, Optional<MemoryBandwidth> memoryBandwidth, List<String> schemata, List<Traffic> traffic,
        List<OptionalLong> occupancy)
{
    /** Of a container without {@code linux.intelRdt}. */
    public static final ResctrlStats NONE = new ResctrlStats(Optional.empty(), Optional.empty(), List.of(), List.of(), List.of());

    public ResctrlStats
    {
        schemata = List.copyOf(schemata);
        traffic = List.copyOf(traffic);
        occupancy = List.copyOf(occupancy);
    }

    /**
     * @param cbmMask all bits of the cache, hexadecimal
     * @param rootSchema line of the root group, {@code L3:0=fffff;1=fffff}
     * @param schema that of the container's group
     */
    public record L3Cache(Optional<String> cbmMask, long minCbmBits, long numClosids, Optional<String> rootSchema, Optional<String> schema) {}

    /**
     * @param bandwidthGran step between two values of a schema, in its unit
     * @param delayLinear 1 = the throttle follows the value in a straight line
     * @param minBandwidth smallest value of a schema
     * @param rootSchema line of the root group, {@code MB:0=100;1=100}
     * @param schema that of the container's group
     */
    public record MemoryBandwidth(long bandwidthGran, long delayLinear, long minBandwidth, long numClosids, Optional<String> rootSchema,
            Optional<String> schema) {}

    /** Bytes between one L3 cache and memory so far. Empty = not counted now; 0 also where this processor never counts it. */
    public record Traffic(OptionalLong total, OptionalLong local) {}
}
