package io.jrunc.error;

/**
 * The container is not in a state for this, or there is none of that name. Right words, wrong moment.
 */
public final class StateException extends JruncException
{
    public StateException(String message)
    {
        this(message, Diagnosis.NONE, null);
    }

    public StateException(String message, Throwable cause)
    {
        this(message, Diagnosis.NONE, cause);
    }

    public StateException(String message, Diagnosis diagnosis, Throwable cause)
    {
        super(message, diagnosis, cause);
    }
}
