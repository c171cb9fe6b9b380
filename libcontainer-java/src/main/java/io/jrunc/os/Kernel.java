package io.jrunc.os;

import static io.jrunc.error.Errno.EINTR;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import java.util.Arrays;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;

/**
 * Entry into the kernel for the rest of this package: the C function {@code syscall}, called through jffi, the layer of jnr-ffi that
 * makes the calls. An interface of jnr-ffi itself would cost each fresh JVM 12 ms and each call a proxy; docs/decisions/0007 has more.
 */
final class Kernel
{
    /** The number and five arguments, which is enough for every call but one. */
    private static final int WORDS = 6;

    private static final long SYSCALL = find();
    private static final CallContext CONTEXT = CallContext.getCallContext(Type.SLONG_LONG, words(WORDS), CallingConvention.DEFAULT, true);
    private static final Invoker INVOKER = Invoker.getInstance();
    private static final LastError ERRNO = LastError.getInstance();
    static final MemoryIO MEMORY = MemoryIO.getInstance();

    private Kernel() {}

    private static long find()
    {
        try {
            // The C library that the JVM itself runs on: no search on disk, no other file can take its place.
            return Library.getDefault().getSymbolAddress("syscall");
        }
        catch (UnsatisfiedLinkError e) {
            throw new HostException("cannot load jrunc's native library: " + e.getMessage() + "; is the installation complete?", e);
        }
    }

    private static Type[] words(int count)
    {
        Type[] words = new Type[count];
        Arrays.fill(words, Type.SLONG_LONG);
        return words;
    }

    /** The call's result, or minus errno; interrupted calls are made again. */
    static long raw(int number, long a, long b, long c, long d, long e)
    {
        while (true) {
            long result = once(number, a, b, c, d, e);
            if (result != -EINTR) {
                return result;
            }
        }
    }

    /** The call's result, or minus errno; made once, even if interrupted: for what must not be done twice. */
    static long once(int number, long a, long b, long c, long d, long e)
    {
        long result = INVOKER.invokeL6(CONTEXT, SYSCALL, number, a, b, c, d, e);
        return result >= 0 ? result : -ERRNO.get();
    }

    private static final class Six
    {
        private static final CallContext CONTEXT = CallContext.getCallContext(Type.SLONG_LONG, words(WORDS + 1), CallingConvention.DEFAULT, true);
    }

    /** As {@link #once}, with one argument more. */
    static long six(int number, long a, long b, long c, long d, long e, long f)
    {
        HeapInvocationBuffer arguments = new HeapInvocationBuffer(Six.CONTEXT);
        for (long argument : new long[] {number, a, b, c, d, e, f}) {
            arguments.putLong(argument);
        }
        long result = INVOKER.invokeLong(Six.CONTEXT, SYSCALL, arguments);
        return result >= 0 ? result : -ERRNO.get();
    }

    static long raw(int number, long a, long b, long c)
    {
        return raw(number, a, b, c, 0, 0);
    }

    /** @throws ErrnoException with the words of {@code name} and {@code object}, which are asked for only then */
    static long call(String name, Object object, int number, long a, long b, long c, long d, long e)
    {
        long result = raw(number, a, b, c, d, e);
        if (result < 0) {
            throw new ErrnoException(name, object.toString(), (int) -result);
        }
        return result;
    }

    static long call(String name, Object object, int number, long a, long b, long c)
    {
        return call(name, object, number, a, b, c, 0, 0);
    }
}
