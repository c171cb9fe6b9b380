package io.jrunc.host;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.EPERM;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.SpecException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.NamespaceCalls;
import io.jrunc.os.ProcHandle;

import java.util.Optional;

/** Namespaces that config.json names by path. */
public final class Namespaces
{
    private static final long NSFS_MAGIC = 0x6e736673;

    private Namespaces() {}

    /**
     * Opens a namespace and checks that it is one of the right kind.
     *
     * @param type CLONE_NEW* number
     * @param jsonPath where the path stands, for the message
     * @throws SpecException when there is nothing, or something else
     */
    public static Fd open(String path, long type, String jsonPath)
    {
        Fd fd;
        try {
            // Without blocking: the path may be a fifo, or a terminal.
            fd = FileCalls.open(path, FileCalls.O_RDONLY | FileCalls.O_NONBLOCK, 0);
        }
        catch (ErrnoException e) {
            String hint = e.is(EPERM, EACCES) ? "; the process it belongs to may be another user's" : "";
            throw new SpecException(jsonPath, "cannot open the namespace " + path + ": " + io.jrunc.error.Errno.text(e.errno()) + hint);
        }
        try {
            // What an ioctl number means to a device is anybody's guess, so only a namespace is asked.
            if (FileCalls.fileSystem(fd).type() == NSFS_MAGIC && NamespaceCalls.type(fd) == type) {
                return fd;
            }
        }
        catch (ErrnoException e) {
            // Not a namespace at all: the same complaint.
        }
        fd.close();
        throw new SpecException(jsonPath, path + " is not a namespace of this kind");
    }

    /** The text of one that the engine is in, e.g. {@code time:[4026531834]}; empty = this kernel has none of that kind. */
    public static Optional<String> own(String kind)
    {
        try {
            return Optional.of(ProcHandle.host().readLink("self/ns/" + kind));
        }
        catch (ErrnoException e) {
            return Optional.empty();
        }
    }

    /** The number by which the kernel tells namespaces apart. Errors as of {@link #open}. */
    public static long inode(String path, long type, String jsonPath)
    {
        try (Fd namespace = open(path, type, jsonPath)) {
            return FileCalls.stat(namespace).inode();
        }
    }
}
