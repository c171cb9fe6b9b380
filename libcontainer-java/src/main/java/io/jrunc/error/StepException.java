package io.jrunc.error;

/**
 * The kernel refused a step of the plan, or the process that did the steps is gone.
 */
public final class StepException extends JruncException
{
    private final String step;
    private final int index;
    private final String call;
    private final int errno;
    private final String object;
    private final String detail;

    /**
     * @param step the step's name in the wire table, e.g. {@code "mount_fs"}
     * @param index its place in the batch, from 0
     * @param call the call or check that failed, e.g. {@code "openat2"}
     * @param errno the kernel's number
     * @param object what it was done to; may be empty
     * @param detail what the kernel said beside the number; may be empty
     */
    public StepException(String message, String step, int index, String call, int errno, String object, String detail, Diagnosis diagnosis)
    {
        super(message, diagnosis, null);
        this.step = step;
        this.index = index;
        this.call = call;
        this.errno = errno;
        this.object = object;
        this.detail = detail;
    }

    /** The failure as the shim told it, not yet in a user's words. */
    public static StepException raw(String step, int index, String call, int errno, String object, String detail)
    {
        String what = object.isEmpty() ? call : call + " " + object;
        String more = detail.isEmpty() ? "" : " (" + detail + ")";
        return new StepException(what + ": " + Errno.text(errno) + more, step, index, call, errno, object, detail, Diagnosis.NONE);
    }

    /** The same failure with the user's words in front. */
    public StepException explained(String message, Diagnosis diagnosis)
    {
        return new StepException(message, step, index, call, errno, object, detail, diagnosis);
    }

    public String step()
    {
        return step;
    }

    public int index()
    {
        return index;
    }

    public String call()
    {
        return call;
    }

    public int errno()
    {
        return errno;
    }

    public String object()
    {
        return object;
    }

    public String detail()
    {
        return detail;
    }
}
