package io.jrunc.os;

import static io.jrunc.error.Errno.EINTR;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * Entry into the kernel for the rest of this package.
 */
final class Kernel
{
    private static final LibC LIBC = load();
    static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

    private Kernel() {}

    private static LibC load()
    {
        try {
            // The C library that the JVM itself runs on: no search on disk, no other file can take its place.
            return LibraryLoader.create(LibC.class).searchDefault().load();
        }
        catch (UnsatisfiedLinkError e) {
            throw new HostException("cannot load jrunc's native library: " + e.getMessage() + "; is the installation complete?", e);
        }
    }

    /** The call's result, or minus errno; interrupted calls are made again. */
    static long raw(int number, long a, long b, long c, long d, long e, long f)
    {
        while (true) {
            long result = LIBC.syscall(number, a, b, c, d, e, f);
            if (result >= 0) {
                return result;
            }
            int errno = LastError.getLastError(RUNTIME);
            if (errno != EINTR) {
                return -errno;
            }
        }
    }

    /** The call's result, or minus errno; made once, even if interrupted: for what must not be done twice. */
    static long once(int number, long a)
    {
        long result = LIBC.syscall(number, a, 0, 0, 0, 0, 0);
        return result >= 0 ? result : -LastError.getLastError(RUNTIME);
    }

    static long raw(int number, long a, long b, long c)
    {
        return raw(number, a, b, c, 0, 0, 0);
    }

    /** @throws ErrnoException with the words of {@code name} and {@code object} */
    static long call(String name, String object, int number, long a, long b, long c, long d, long e)
    {
        long result = raw(number, a, b, c, d, e, 0);
        if (result < 0) {
            throw new ErrnoException(name, object, (int) -result);
        }
        return result;
    }

    static long call(String name, String object, int number, long a, long b, long c)
    {
        return call(name, object, number, a, b, c, 0, 0);
    }
}
