package io.jrunc.channel;

import java.time.Duration;
import java.util.Optional;

/** A moment of the monotonic clock after which a wait is over; or none. */
public final class Deadline
{
    private static final Deadline NEVER = new Deadline(Long.MAX_VALUE, true);

    private final long nanos;
    private final boolean never;

    private Deadline(long nanos, boolean never)
    {
        this.nanos = nanos;
        this.never = never;
    }

    public static Deadline after(Duration time)
    {
        return new Deadline(System.nanoTime() + time.toNanos(), false);
    }

    /** For waiting on a container's own life, which nobody may limit. */
    public static Deadline never()
    {
        return NEVER;
    }

    /** What is left, zero when it has passed; empty = no limit. */
    public Optional<Duration> remaining()
    {
        return never ? Optional.empty() : Optional.of(Duration.ofNanos(Math.max(0, nanos - System.nanoTime())));
    }

    public boolean passed()
    {
        return !never && nanos - System.nanoTime() <= 0;
    }
}
