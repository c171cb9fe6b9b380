package io.jrunc.error;

/**
 * A failure that jrunc explains. The subtype says who must act; the message is one line that stands alone.
 */
public abstract sealed class JruncException extends RuntimeException
        permits SpecException, UsageException, StateException, HostException, StepException, BugException
{
    private final transient Diagnosis diagnosis;

    protected JruncException(String message, Diagnosis diagnosis, Throwable cause)
    {
        super(message, cause);
        this.diagnosis = diagnosis;
    }

    public final Diagnosis diagnosis()
    {
        return diagnosis == null ? Diagnosis.NONE : diagnosis;
    }
}
