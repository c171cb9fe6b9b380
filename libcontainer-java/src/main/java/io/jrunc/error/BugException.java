package io.jrunc.error;

/**
 * jrunc contradicts itself: a broken frame, an impossible answer. We must act.
 */
public final class BugException extends JruncException
{
    public BugException(String message)
    {
        this(message, Diagnosis.NONE, null);
    }

    public BugException(String message, Throwable cause)
    {
        this(message, Diagnosis.NONE, cause);
    }

    public BugException(String message, Diagnosis diagnosis, Throwable cause)
    {
        super(message, diagnosis, cause);
    }
}
