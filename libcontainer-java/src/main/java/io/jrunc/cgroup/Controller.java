package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;
import io.jrunc.spec.Resources;

import java.util.List;
import java.util.Optional;

/**
 * One cgroup controller of one cgroup version: what it writes for a config, and what it can tell.
 */
public interface Controller
{
    /** As the kernel and messages name it: {@code memory}. */
    String name();

    /**
     * The writes that carry out {@code resources}, in the order the kernel wants them; empty if nothing is asked of this
     * controller. Pure.
     *
     * @throws io.jrunc.error.SpecException if the values contradict each other
     */
    List<CgroupWrite> writes(Resources resources);

    /**
     * Read this controller's counters. A file that is not there leaves its fields empty.
     *
     * @throws io.jrunc.error.HostException if a file says what it never said before
     */
    void read(CgroupDirectory directory, CgroupStats.Builder stats);

    /** A better sentence for a refused write, where this controller knows one. */
    default Optional<String> explain(CgroupWrite write, ErrnoException refusal, CgroupDirectory directory)
    {
        return Optional.empty();
    }
}
