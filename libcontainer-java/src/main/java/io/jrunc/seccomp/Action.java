package io.jrunc.seccomp;

import io.jrunc.spec.SeccompAction;

/**
 * What the kernel does with a system call, with the 16 bits that go along.
 *
 * @param data ERRNO: the errno returned, 0 to 4094; TRACE: the message for the tracer, 0 to 65535; otherwise 0
 */
record Action(SeccompAction kind, int data)
{
    static final int EPERM = 1;
    static final int ENOSYS = 38;

    Action
    {
        if (data < 0 || data >= limit(kind)) {
            throw new IllegalArgumentException(kind + " with " + data);
        }
    }

    /** Data goes from 0 to below this. libseccomp refuses an errno of 4095 and more, which the kernel would silently cap. */
    static int limit(SeccompAction kind)
    {
        return switch (kind) {
            case ERRNO -> 4095;
            case TRACE -> 65536;
            case KILL, KILL_THREAD, KILL_PROCESS, TRAP, NOTIFY, LOG, ALLOW -> 1;
        };
    }

    /** SECCOMP_RET_* with its data: equal codes are equal decisions, whatever the word (KILL is KILL_THREAD). */
    int code()
    {
        return kind.number() | data;
    }

    /**
     * Whether a call decided so goes on. TRACE counts: a tracer is expected to know what to do with a call new to the
     * profile, and ENOSYS would take the decision away from it.
     */
    boolean letsPass()
    {
        return switch (kind) {
            case ALLOW, LOG, TRACE -> true;
            case KILL, KILL_THREAD, KILL_PROCESS, TRAP, ERRNO, NOTIFY -> false;
        };
    }
}
