package io.jrunc.it;

import jnr.ffi.LibraryLoader;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** While it is open this process adopts what detached commands leave, as conmon and containerd's shim do, and learns how it ends. */
public final class Adopter implements AutoCloseable
{
    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();
    private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int WNOHANG = 1;

    /** Of the C library, what jnr-posix does not have. */
    public interface LibC
    {
        int prctl(int option, long second, long third, long fourth, long fifth);
    }

    public Adopter()
    {
        adopt(true);
    }

    private static void adopt(boolean on)
    {
        if (LIBC.prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0) != 0) {
            throw new IllegalStateException("prctl PR_SET_CHILD_SUBREAPER");
        }
    }

    /** The wait status of an adopted process, once it has ended; that it is not ours, or that somebody else has collected it, is a failure. */
    public int awaitStatus(int pid)
    {
        int[] status = new int[1];
        int[] answer = new int[1];
        Patience.until(() -> {
            answer[0] = POSIX.waitpid(pid, status, WNOHANG);
            return answer[0] != 0;
        });
        if (answer[0] != pid) {
            throw new AssertionError(answer[0] == 0 ? "process " + pid + " does not end" : "process " + pid + " has ended for somebody else");
        }
        return status[0];
    }

    @Override
    public void close()
    {
        adopt(false);
    }
}
