package io.jrunc.host;

import static io.jrunc.error.Errno.ELOOP;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.ENOTDIR;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.ProcHandle;

import java.nio.file.Path;

/** Where a path below a container's root leads to. For names that are told to somebody, not for opening anything. */
public final class RootPath
{
    private RootPath() {}

    /**
     * Follows all links below the root, which they never leave. What does not exist stays as it is.
     *
     * @param rootfs absolute, on the host; @param path absolute, in the container
     * @return absolute, in the container
     */
    public static String resolve(String rootfs, String path)
    {
        try (Fd root = FileCalls.open(rootfs, FileCalls.O_PATH | FileCalls.O_DIRECTORY, 0)) {
            return resolve(root, Path.of(ProcHandle.host().readLink("self/fd/" + root.raw())), Path.of("/").resolve(path).normalize()).toString();
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ENOTDIR)) {
                return path;
            }
            throw e;
        }
    }

    private static Path resolve(Fd root, Path host, Path path)
    {
        if (path.getNameCount() == 0) {
            return path;
        }
        try (Fd found = FileCalls.openAt2(root, path.toString(), FileCalls.O_PATH, 0, FileCalls.RESOLVE_IN_ROOT | FileCalls.RESOLVE_NO_MAGICLINKS)) {
            Path real = Path.of(ProcHandle.host().readLink("self/fd/" + found.raw()));
            return real.startsWith(host) ? Path.of("/").resolve(host.relativize(real)) : path;
        }
        catch (ErrnoException e) {
            if (!e.is(ENOENT, ENOTDIR, ELOOP)) {
                throw e;
            }
            return resolve(root, host, path.getParent()).resolve(path.getFileName());
        }
    }
}
