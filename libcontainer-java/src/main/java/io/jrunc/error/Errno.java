package io.jrunc.error;

import java.util.HashMap;
import java.util.Map;

/**
 * Error numbers of the Linux kernel (the same on x86_64 and aarch64) with the words that managers know.
 */
public final class Errno
{
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int ENOEXEC = 8;
    public static final int EBADF = 9;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int ETXTBSY = 26;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int EOVERFLOW = 75;
    public static final int EPROTO = 71;
    public static final int EUSERS = 87;
    public static final int ENOPROTOOPT = 92;
    public static final int EOPNOTSUPP = 95;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ENOTCONN = 107;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;

    private record Word(String name, String text) {}

    private static final Map<Integer, Word> WORDS = new HashMap<>();

    static {
        word(EPERM, "EPERM", "operation not permitted");
        word(ENOENT, "ENOENT", "no such file or directory");
        word(ESRCH, "ESRCH", "no such process");
        word(EINTR, "EINTR", "interrupted system call");
        word(EIO, "EIO", "input/output error");
        word(ENXIO, "ENXIO", "no such device or address");
        word(E2BIG, "E2BIG", "argument list too long");
        word(ENOEXEC, "ENOEXEC", "exec format error");
        word(EBADF, "EBADF", "bad file descriptor");
        word(ECHILD, "ECHILD", "no child processes");
        word(EAGAIN, "EAGAIN", "resource temporarily unavailable");
        word(ENOMEM, "ENOMEM", "cannot allocate memory");
        word(EACCES, "EACCES", "permission denied");
        word(EBUSY, "EBUSY", "device or resource busy");
        word(EEXIST, "EEXIST", "file exists");
        word(EXDEV, "EXDEV", "invalid cross-device link");
        word(ENODEV, "ENODEV", "no such device");
        word(ENOTDIR, "ENOTDIR", "not a directory");
        word(EISDIR, "EISDIR", "is a directory");
        word(EINVAL, "EINVAL", "invalid argument");
        word(ENFILE, "ENFILE", "too many open files in system");
        word(EMFILE, "EMFILE", "too many open files");
        word(ENOTTY, "ENOTTY", "inappropriate ioctl for device");
        word(ETXTBSY, "ETXTBSY", "text file busy");
        word(EFBIG, "EFBIG", "file too large");
        word(ENOSPC, "ENOSPC", "no space left on device");
        word(EROFS, "EROFS", "read-only file system");
        word(EPIPE, "EPIPE", "broken pipe");
        word(ERANGE, "ERANGE", "numerical result out of range");
        word(ENAMETOOLONG, "ENAMETOOLONG", "file name too long");
        word(ENOSYS, "ENOSYS", "function not implemented");
        word(ENOTEMPTY, "ENOTEMPTY", "directory not empty");
        word(ELOOP, "ELOOP", "too many levels of symbolic links");
        word(EPROTO, "EPROTO", "protocol error");
        word(EOVERFLOW, "EOVERFLOW", "value too large for defined data type");
        word(EUSERS, "EUSERS", "too many users");
        word(ENOPROTOOPT, "ENOPROTOOPT", "protocol not available");
        word(EOPNOTSUPP, "EOPNOTSUPP", "operation not supported");
        word(ECONNABORTED, "ECONNABORTED", "software caused connection abort");
        word(ENOBUFS, "ENOBUFS", "no buffer space available");
        word(ECONNRESET, "ECONNRESET", "connection reset by peer");
        word(ENOTCONN, "ENOTCONN", "transport endpoint is not connected");
        word(ETIMEDOUT, "ETIMEDOUT", "connection timed out");
        word(ECONNREFUSED, "ECONNREFUSED", "connection refused");
    }

    private Errno() {}

    /** The lower-case words for a number, e.g. {@code "no such file or directory"}; {@code "errno 133"} when unknown. */
    public static String text(int errno)
    {
        Word word = WORDS.get(errno);
        return word == null ? "errno " + errno : word.text();
    }

    /** The symbol, e.g. {@code "ENOENT"}; {@code "errno 133"} when unknown. */
    public static String name(int errno)
    {
        Word word = WORDS.get(errno);
        return word == null ? "errno " + errno : word.name();
    }

    private static void word(int errno, String name, String text)
    {
        WORDS.put(errno, new Word(name, text));
    }
}
