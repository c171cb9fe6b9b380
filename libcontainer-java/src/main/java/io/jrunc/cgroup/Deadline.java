package io.jrunc.cgroup;

import io.jrunc.error.HostException;

import java.time.Duration;

/** A moment after which waiting is over, by the clock that no administrator can turn. */
final class Deadline
{
    private final long end;

    private Deadline(long end)
    {
        this.end = end;
    }

    static Deadline after(Duration limit)
    {
        return new Deadline(System.nanoTime() + limit.toNanos());
    }

    boolean passed()
    {
        return left().isZero();
    }

    /** Never negative. */
    Duration left()
    {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** Wait so long, or until the deadline if that comes first. */
    void pause(Duration pause)
    {
        long nanos = Math.min(pause.toNanos(), left().toNanos());
        try {
            Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException("interrupted while waiting for a cgroup", e);
        }
    }
}
