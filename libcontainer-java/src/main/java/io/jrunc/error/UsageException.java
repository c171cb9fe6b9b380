package io.jrunc.error;

/**
 * The caller's words are off: an option, an argument, an id. The caller must act.
 */
public final class UsageException extends JruncException
{
    public UsageException(String message)
    {
        this(message, Diagnosis.NONE, null);
    }

    public UsageException(String message, Throwable cause)
    {
        this(message, Diagnosis.NONE, cause);
    }

    public UsageException(String message, Diagnosis diagnosis, Throwable cause)
    {
        super(message, diagnosis, cause);
    }
}
