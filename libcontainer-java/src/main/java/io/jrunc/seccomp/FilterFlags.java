package io.jrunc.seccomp;

import io.jrunc.os.LibSeccompKernel;
import io.jrunc.spec.SeccompFlag;

/** Which flags of seccomp(2) this kernel takes, and which bits reach it. */
final class FilterFlags
{
    /** SECCOMP_FILTER_FLAG_NEW_LISTENER: follows from SCMP_ACT_NOTIFY, OCI has no word for it. */
    static final int NEW_LISTENER = 1 << 3;

    private FilterFlags() {}

    /** Asks the kernel alone; libseccomp has no say because the init loads the program by itself. */
    static boolean isSupported(SeccompFlag flag)
    {
        // Without a listener the kernel refuses WAIT_KILLABLE_RECV as it would refuse a bit it does not know.
        return LibSeccompKernel.takesFlags(flag == SeccompFlag.WAIT_KILLABLE_RECV ? flag.bit() | NEW_LISTENER : flag.bit());
    }

    /** TSYNC is accepted and dropped: the init has one thread, and kernels before 5.7 refuse it beside a listener. */
    static int bit(SeccompFlag flag)
    {
        return flag == SeccompFlag.TSYNC ? 0 : flag.bit();
    }
}
