package io.jrunc.cgroup;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static io.jrunc.error.Errno.ENODEV;
import static io.jrunc.error.Errno.ENOENT;

/**
 * The root of one mounted hierarchy, opened once and verified to be cgroupfs. Everything below it is reached from here.
 */
class CgroupRoot
{
    private static final long CGROUP_SUPER_MAGIC = 0x27e0eb;
    private static final long CGROUP2_SUPER_MAGIC = 0x63677270;

    private static final int BENEATH = FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_MAGICLINKS | FileCalls.RESOLVE_NO_SYMLINKS | FileCalls.RESOLVE_NO_XDEV;

    private static final int POLLPRI = 2;
    private static final int SMALL_FILE = 4096;

    /** More than a memory.stat or the processes of one container ever fill. */
    private static final int LARGEST_FILE = 4 << 20;

    /** A directory of kernfs has two links and one more for each directory in it. */
    private static final int LINKS_OF_A_LEAF = 2;

    private static final int GROUP_UNCHANGED = -1;

    private final Fd fd;
    private final Path path;
    private volatile Optional<Boolean> top = Optional.empty();

    CgroupRoot(Fd fd, Path path)
    {
        this.fd = fd;
        this.path = path;
    }

    /** @throws HostException if the mount has gone or is no cgroup hierarchy */
    static CgroupRoot open(Path mount)
    {
        CgroupRoot root = unchecked(mount);
        long magic = FileCalls.fileSystem(root.fd).type();
        if (magic != CGROUP_SUPER_MAGIC && magic != CGROUP2_SUPER_MAGIC) {
            root.fd.close();
            throw new HostException(mount + " is not a cgroup filesystem");
        }
        return root;
    }

    /** For tests on ordinary directories that look like a cgroup. */
    static CgroupRoot unchecked(Path mount)
    {
        return new CgroupRoot(place(mount), mount);
    }

    static Fd place(Path mount)
    {
        try {
            return FileCalls.open(mount.toString(), FileCalls.O_PATH | FileCalls.O_DIRECTORY, 0);
        }
        catch (ErrnoException e) {
            throw new HostException("cannot open the cgroup hierarchy " + mount + ": " + e.getMessage(), e);
        }
    }

    Fd fd()
    {
        return fd;
    }

    /** Of version 2: no mount of a part, nor the view of a cgroup namespace. Only the top has no type. */
    final boolean isTop()
    {
        if (top.isEmpty()) {
            top = Optional.of(!has("cgroup.type"));
        }
        return top.get();
    }

    private boolean has(String file)
    {
        try {
            openFile("", file, false).close();
            return true;
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    Path path()
    {
        return path;
    }

    /** @param handleOnly a descriptor that only says where, cheaper and enough for *at calls */
    Fd openDirectory(String relative, boolean handleOnly)
    {
        return FileCalls.openAt2(fd, relative.isEmpty() ? "." : relative,
                FileCalls.O_DIRECTORY | (handleOnly ? FileCalls.O_PATH : FileCalls.O_RDONLY), 0, BENEATH);
    }

    boolean hasDirectory(String relative)
    {
        Optional<Fd> found = FileCalls.openAt2IfThere(fd, relative.isEmpty() ? "." : relative, FileCalls.O_DIRECTORY | FileCalls.O_PATH, BENEATH);
        found.ifPresent(Fd::close);
        return found.isPresent();
    }

    Fd openFile(String relative, String file, boolean forWriting)
    {
        return FileCalls.openAt2(fd, relative.isEmpty() ? file : relative + "/" + file,
                forWriting ? FileCalls.O_WRONLY : FileCalls.O_RDONLY, 0, BENEATH);
    }

    String readAll(Fd file)
    {
        return new String(FileCalls.readRecords(file, LARGEST_FILE), StandardCharsets.UTF_8);
    }

    /** The text of a small file, read again through a descriptor that was read before. */
    String readFromStart(Fd file)
    {
        FileCalls.rewind(file);
        return new String(FileCalls.readSome(file, SMALL_FILE), StandardCharsets.UTF_8);
    }

    /** Sleeps until the kernel says that a cgroup.events file has changed since it was last read, or for {@code limit}. */
    void awaitChange(Fd events, Duration limit)
    {
        FileCalls.poll(Optional.of(limit), POLLPRI, events);
    }

    /** @param name for the error: the file, relative to this root */
    void write(Fd file, String name, String data)
    {
        FileCalls.writeOnce(file, path + "/" + name, data);
    }

    void giveTo(String relative, int uid)
    {
        FileCalls.changeOwnerAt(fd, relative, uid, GROUP_UNCHANGED);
    }

    void makeDirectory(Fd above, String name)
    {
        FileCalls.mkdirAt(above, name, 0755);
    }

    void removeDirectory(Fd above, String name)
    {
        FileCalls.rmdirAt(above, name);
    }

    /** Names of directories, or of everything else, in one cgroup; empty if it has gone. */
    List<String> list(String relative, boolean directories)
    {
        try (Fd directory = openDirectory(relative, true)) {
            if (directories && FileCalls.stat(directory).links() == LINKS_OF_A_LEAF) {
                return List.of();
            }
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ENODEV)) {
                return List.of();
            }
            throw e;
        }
        List<String> names = new ArrayList<>();
        // The names are only hints: each is opened from the root again.
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path.resolve(relative))) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) == directories) {
                    names.add(entry.getFileName().toString());
                }
            }
        }
        catch (IOException | DirectoryIteratorException gone) {
            // A cgroup may be removed while it is listed; whoever needs more notices at the next open.
        }
        return names;
    }
}
