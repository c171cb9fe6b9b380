package io.jrunc.lifecycle;

/** The caller was told to end before the program ran: everything is undone, and the exit code says which signal it was. */
public final class InterruptedCommandException extends RuntimeException
{
    private final int signal;

    InterruptedCommandException(int signal)
    {
        super("interrupted by signal " + signal);
        this.signal = signal;
    }

    public int signal()
    {
        return signal;
    }
}
