package io.jrunc.spec;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A range of user or group ids inside a namespace and the host ids that stand for it. Unsigned 32 bit each.
 * {@code containerID 0, hostID 100000, size 65536 → 0..65535 inside are 100000..165535 outside}.
 * Source: OCI config-linux.md#user-namespace-mappings.
 */
public record IdMapping(long containerId, long hostId, long size)
{
    /** 4294967295 means "no id" to the kernel and cannot be mapped. */
    private static final long END = 0xffff_ffffL;

    public IdMapping
    {
        new Problems()
                .unless(size > 0, "size", "must not be 0: the kernel refuses an empty range")
                .unless(containerId + size <= END, "containerID", "the range reaches beyond the last id")
                .unless(hostId + size <= END, "hostID", "the range reaches beyond the last id")
                .throwIfAny();
    }

    /** The host id of an id inside; empty if this range does not hold it. */
    public OptionalLong toHost(long id)
    {
        return id >= containerId && id < containerId + size ? OptionalLong.of(hostId + (id - containerId)) : OptionalLong.empty();
    }

    /** The host id of an id inside; empty if none of the ranges holds it. */
    public static OptionalLong toHost(List<IdMapping> mappings, long id)
    {
        return mappings.stream().map(m -> m.toHost(id)).filter(OptionalLong::isPresent).findFirst().orElse(OptionalLong.empty());
    }

    /** The text of a whole map, as it is written. */
    public static String lines(List<IdMapping> mappings)
    {
        return mappings.stream().map(IdMapping::line).collect(Collectors.joining("\n", "", "\n"));
    }

    /** The line for uid_map and gid_map: {@code "0 100000 65536"}. */
    public String line()
    {
        return containerId + " " + hostId + " " + size;
    }
}
