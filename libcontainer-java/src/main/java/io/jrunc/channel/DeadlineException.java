package io.jrunc.channel;

/** A wait on the shim took longer than it may. */
public final class DeadlineException extends RuntimeException
{
    /** @param what was waited for */
    public DeadlineException(String what)
    {
        super("timed out waiting for " + what);
    }
}
