package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupStats.Psi;
import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static io.jrunc.error.Errno.EBUSY;
import static io.jrunc.error.Errno.EEXIST;
import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ENODEV;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.ENOTEMPTY;
import static io.jrunc.error.Errno.EOPNOTSUPP;

/**
 * One cgroup: a directory below the root of one hierarchy. It need not exist yet.
 *
 * <p>Holds no descriptor of its own. Every file is opened by the kernel below the hierarchy's root, which was verified to
 * be cgroupfs, without links and without crossing a mount, so nothing but a cgroup file of this hierarchy is ever touched.
 */
public final class CgroupDirectory
{
    private final CgroupRoot root;
    private final String relative;
    private final Path path;

    /** @param relative cleaned, no slash at either end; empty = the root itself */
    CgroupDirectory(CgroupRoot root, String relative)
    {
        if (relative.startsWith("/") || ("/" + relative + "/").contains("/../")) {
            throw new BugException("\"" + relative + "\" is no place below a cgroup root");
        }
        this.root = root;
        this.relative = relative;
        this.path = relative.isEmpty() ? root.path() : root.path().resolve(relative);
    }

    /** For messages and state.json. */
    public Path path()
    {
        return path;
    }

    boolean isRoot()
    {
        return relative.isEmpty();
    }

    /** Directly below the root of the whole hierarchy, where a new group of version 2 is always a domain of its own. */
    boolean isBelowTop()
    {
        return !isRoot() && relative.indexOf('/') < 0 && root.isTop();
    }

    CgroupDirectory rootDirectory()
    {
        return new CgroupDirectory(root, "");
    }

    CgroupDirectory parent()
    {
        int slash = relative.lastIndexOf('/');
        return new CgroupDirectory(root, slash < 0 ? "" : relative.substring(0, slash));
    }

    /** @param below cleaned, relative; empty = this one */
    CgroupDirectory below(String below)
    {
        return below.isEmpty() ? this : new CgroupDirectory(root, relative.isEmpty() ? below : relative + "/" + below);
    }

    boolean exists()
    {
        return root.hasDirectory(relative);
    }

    /** A descriptor for clone3 or bpf; the caller closes it. */
    Fd open()
    {
        return root.openDirectory(relative, false);
    }

    /**
     * @return false if it was there already
     * @throws ErrnoException ENOENT if the directory above is missing
     */
    boolean make()
    {
        int slash = relative.lastIndexOf('/');
        try {
            if (slash < 0) {
                root.makeDirectory(root.fd(), relative);
            }
            else {
                try (Fd above = root.openDirectory(relative.substring(0, slash), true)) {
                    root.makeDirectory(above, relative.substring(slash + 1));
                }
            }
            return true;
        }
        catch (ErrnoException e) {
            if (e.is(EEXIST)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Try once to remove it with everything below.
     *
     * @return true if it is gone; false if a process, or a cgroup with one, is still inside
     */
    boolean remove()
    {
        if (removeOne()) {
            return true;
        }
        for (String child : children()) {
            below(child).remove();
        }
        return removeOne();
    }

    /** Remove it if it is empty; otherwise leave it. */
    boolean removeOne()
    {
        int slash = relative.lastIndexOf('/');
        if (relative.isEmpty()) {
            throw new BugException("a cgroup root is not ours to remove");
        }
        try {
            if (slash < 0) {
                root.removeDirectory(root.fd(), relative);
            }
            else {
                try (Fd above = root.openDirectory(relative.substring(0, slash), true)) {
                    root.removeDirectory(above, relative.substring(slash + 1));
                }
            }
            return true;
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT)) {
                return true;
            }
            if (e.is(EBUSY, ENOTEMPTY)) {
                return false;
            }
            throw e;
        }
    }

    /** Names of the cgroups directly below; empty if this one has gone. */
    List<String> children()
    {
        return root.list(relative, true);
    }

    /** Names of the files here that begin and end so; sorted. */
    public List<String> files(String prefix, String suffix)
    {
        return root.list(relative, false).stream().filter(name -> name.startsWith(prefix) && name.endsWith(suffix)).sorted().toList();
    }

    /**
     * The text of a file here.
     *
     * @return empty if there is no such file, the cgroup has gone, or this kernel keeps nothing in it
     */
    public Optional<String> read(String file)
    {
        try (Fd fd = root.openFile(relative, file, false)) {
            return Optional.of(root.readAll(fd));
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ENODEV, EOPNOTSUPP)) {
                return Optional.empty();
            }
            throw new HostException("failed to read " + path().resolve(file) + ": " + Errno.text(e.errno()), e);
        }
    }

    /** The number in a file; 0 if there is no such file. */
    public long readNumber(String file)
    {
        return read(file).map(CgroupText::number).orElse(0L);
    }

    public Optional<Psi> readPsi(String file)
    {
        return read(file).flatMap(CgroupText::psi);
    }

    /**
     * Sleep until cgroup.events (v2) says so. The kernel wakes whoever polls that file at every change.
     *
     * @param line e.g. {@code "populated 0"}
     * @return false if the deadline came first
     */
    boolean awaitEvent(String line, Deadline deadline)
    {
        try (Fd events = root.openFile(relative, "cgroup.events", false)) {
            while (!root.readFromStart(events).lines().anyMatch(line::equals)) {
                if (deadline.passed()) {
                    return false;
                }
                root.awaitChange(events, deadline.left());
            }
            return true;
        }
    }

    /** Make {@code uid} the owner of the directory and of those of the files that are here. */
    void giveTo(int uid, List<String> files)
    {
        root.giveTo(relative, uid);
        for (String file : files) {
            try {
                root.giveTo(relative + "/" + file, uid);
            }
            catch (ErrnoException e) {
                if (!e.is(ENOENT)) {
                    throw e;
                }
            }
        }
    }

    /** The caller closes it. @throws ErrnoException as the kernel said it */
    Fd openForReading(String file)
    {
        return root.openFile(relative, file, false);
    }

    /** The caller closes it. @throws ErrnoException as the kernel said it */
    Fd openForWriting(String file)
    {
        return root.openFile(relative, file, true);
    }

    /** @throws ErrnoException as the kernel said it */
    void write(String file, String data)
    {
        try (Fd fd = root.openFile(relative, file, true)) {
            root.write(fd, relative + "/" + file, data);
        }
    }

    /**
     * Carry out planned writes in order.
     *
     * @throws CgroupWriteRefused on the first that fails for good; the ones before it stand
     */
    public void execute(List<CgroupWrite> writes)
    {
        List<CgroupWrite> again = writes.stream().filter(write -> !carryOut(write, write.repeatIfInvalid())).toList();
        again.forEach(write -> carryOut(write, false));
    }

    /** @return false if it is worth trying again after the others */
    private boolean carryOut(CgroupWrite write, boolean mayBeRepeated)
    {
        String line = write.lines().isEmpty() ? "" : write.lines().getFirst();
        try (Fd fd = root.openFile(relative, write.file(), true)) {
            for (String each : write.lines()) {
                line = each;
                root.write(fd, relative + "/" + write.file(), each);
            }
            return true;
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT) && write.ifAbsent() != CgroupWrite.IfAbsent.FAIL) {
                return write.otherwise().map(other -> carryOut(other, mayBeRepeated)).orElse(true);
            }
            if (e.is(EINVAL) && mayBeRepeated) {
                return false;
            }
            throw new CgroupWriteRefused(write, line, this, e);
        }
    }

    @Override
    public boolean equals(Object other)
    {
        return other instanceof CgroupDirectory that && root == that.root && relative.equals(that.relative);
    }

    @Override
    public int hashCode()
    {
        return relative.hashCode();
    }

    @Override
    public String toString()
    {
        return path().toString();
    }
}
