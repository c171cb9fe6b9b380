package io.jrunc.os;

import io.jrunc.error.BugException;
import io.jrunc.error.ErrnoException;
import java.util.Arrays;
import java.util.function.IntConsumer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

/**
 * What the kernel itself says about seccomp, asked without libseccomp, and the scratch file that libseccomp writes into.
 */
public final class LibSeccompKernel
{
    private static final int SET_MODE_FILTER = 1;
    private static final int MFD_CLOEXEC = 1;
    private static final int EFAULT = 14;

    /** seccomp_export_bpf writes at most BPF_MAXINSNS instructions of 8 bytes; one more tells that it was more. */
    private static final int LARGEST_PROGRAM = 4097 * 8;

    private static final LibC C = LibraryLoader.create(LibC.class).load("c");

    private LibSeccompKernel() {}

    /** Public because jnr-ffi's generated classes live in a class loader of their own. */
    public interface LibC
    {
        int memfd_create(String name, int flags);

        long pread(int fd, @Out byte[] buffer, @size_t long count, @off_t long offset);

        int close(int fd);

        long syscall(long number, long first, long second, long third);
    }

    /**
     * Whether seccomp(2) takes these SECCOMP_FILTER_FLAG_* bits together. Loads nothing and changes nothing.
     *
     * <p>The kernel looks at the flags before it reads the program, so a null program tells them apart:
     * EFAULT = the flags are fine, EINVAL = they are not, ENOSYS = no seccomp at all.
     */
    public static boolean takesFlags(long flags)
    {
        return C.syscall(seccompNumber(), SET_MODE_FILTER, flags, 0) == -1
                && Runtime.getRuntime(C).getLastError() == EFAULT;
    }

    /** Runs {@code writer} with the number of an empty scratch file and returns what it wrote there. */
    static byte[] written(IntConsumer writer)
    {
        int fd = C.memfd_create("seccomp-program", MFD_CLOEXEC);
        if (fd < 0) {
            throw new ErrnoException("memfd_create", "seccomp-program", Runtime.getRuntime(C).getLastError());
        }
        try {
            writer.accept(fd);
            byte[] buffer = new byte[LARGEST_PROGRAM];
            long length = C.pread(fd, buffer, buffer.length, 0);
            if (length < 0) {
                throw new ErrnoException("pread", "seccomp-program", Runtime.getRuntime(C).getLastError());
            }
            return Arrays.copyOf(buffer, (int) length);
        }
        finally {
            C.close(fd);
        }
    }

    private static long seccompNumber()
    {
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> 317;
            case "aarch64", "riscv64", "loongarch64" -> 277;
            case "ppc64", "ppc64le" -> 358;
            case "s390x" -> 348;
            default -> throw new BugException("no number of seccomp(2) is known for " + System.getProperty("os.arch"));
        };
    }
}
