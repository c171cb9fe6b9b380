package io.jrunc.error;

/**
 * This machine lacks or forbids something. Its administrator must act.
 */
public final class HostException extends JruncException
{
    public HostException(String message)
    {
        this(message, Diagnosis.NONE, null);
    }

    public HostException(String message, Throwable cause)
    {
        this(message, Diagnosis.NONE, cause);
    }

    public HostException(String message, Diagnosis diagnosis, Throwable cause)
    {
        super(message, diagnosis, cause);
    }
}
