package io.jrunc.cgroup;

import io.jrunc.os.Fd;

/**
 * What happens to a cgroup while somebody looks: out-of-memory kills, and its end.
 *
 * <p>Wait until {@link #descriptor} is readable, then ask {@link #news}. The kernel wakes; nothing is polled.
 */
public interface CgroupWatch extends AutoCloseable
{
    /** What was found since the last question. */
    enum News
    {
        NOTHING,
        OUT_OF_MEMORY,
        /** Nobody is inside any more, or the cgroup has gone: there will be no more news. */
        END
    }

    /** Readable when there may be news; stays this object's. */
    Fd descriptor();

    News news();

    @Override
    void close();
}
