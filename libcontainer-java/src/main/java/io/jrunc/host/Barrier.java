package io.jrunc.host;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.time.Duration;
import java.util.Optional;

/** A pipe of which somebody else gets the writing end, and shows by closing it that everything sent before was seen. */
public final class Barrier implements AutoCloseable
{
    private final Fd ours;
    private final Fd theirs;

    private Barrier(Fd ours, Fd theirs)
    {
        this.ours = ours;
        this.theirs = theirs;
    }

    public static Barrier raise()
    {
        Fd[] pipe = FileCalls.pipe();
        return new Barrier(pipe[0], pipe[1]);
    }

    /** To be passed on. */
    public Fd theirs()
    {
        return theirs;
    }

    /** Closes our copy of their end and waits. @return false = theirs was still open when the time was up */
    public boolean await(Duration limit)
    {
        theirs.close();
        return (FileCalls.poll(Optional.of(limit), 0, ours)[0] & FileCalls.POLLHUP) != 0;
    }

    @Override
    public void close()
    {
        theirs.close();
        ours.close();
    }
}
