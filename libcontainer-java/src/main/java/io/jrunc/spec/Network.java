package io.jrunc.spec;

import java.util.List;
import java.util.OptionalLong;

/**
 * Marks on the container's network traffic; cgroup v1 only. Source: OCI config-linux.md#network.
 *
 * @param classId unsigned 32 bit
 */
public record Network(OptionalLong classId, List<InterfacePriority> priorities)
{
    public Network
    {
        priorities = List.copyOf(priorities);
    }
}
