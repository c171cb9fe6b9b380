package io.jrunc.spec;

import java.util.Optional;

/**
 * CPUs of an exec'ed process; the container's first process never uses it. Source: OCI config.md#linux-process.
 *
 * @param initial until the process has reached the container's cgroup
 * @param atLast the word is {@code final}: from then on
 */
public record CpuAffinity(Optional<RangeList> initial, Optional<RangeList> atLast)
{
}
