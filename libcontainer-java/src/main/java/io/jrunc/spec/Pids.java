package io.jrunc.spec;

import java.util.OptionalLong;

/**
 * How many tasks the container may have. Source: OCI config-linux.md#pids.
 *
 * @param limit -1 = unlimited, 0 = one task (as runc and systemd read it), empty = untouched
 */
public record Pids(OptionalLong limit)
{
}
