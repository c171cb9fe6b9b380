package io.jrunc.error;

/**
 * A system call failed. Carries what strace would show; whoever knows the user's words wraps it.
 *
 * <p>Has no stack trace: many are expected, such as ENOENT of what may be missing, and one that is not is wrapped close by.
 */
public final class ErrnoException extends RuntimeException
{
    private final String call;
    private final String object;
    private final int errno;

    /**
     * @param call the system call, e.g. {@code openat2}
     * @param object what it was done to: a path or a name; may be empty
     * @param errno the kernel's number, e.g. 2 for ENOENT
     */
    public ErrnoException(String call, String object, int errno)
    {
        super(call + (object.isEmpty() ? "" : " " + object) + ": " + Errno.text(errno), null, false, false);
        this.call = call;
        this.object = object;
        this.errno = errno;
    }

    public String call()
    {
        return call;
    }

    public String object()
    {
        return object;
    }

    public int errno()
    {
        return errno;
    }

    public boolean is(int... numbers)
    {
        for (int number : numbers) {
            if (number == errno) {
                return true;
            }
        }
        return false;
    }
}
