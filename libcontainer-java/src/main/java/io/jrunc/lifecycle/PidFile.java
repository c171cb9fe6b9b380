package io.jrunc.lifecycle;

import io.jrunc.error.HostException;
import io.jrunc.host.Detour;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** The file in which a manager finds a process's number: decimal, no newline, there completely or not at all. */
final class PidFile
{
    private static final int MODE = 0666;

    private PidFile() {}

    /** @param umask the caller's, as the file is made for it; @param gone the caller waits no more */
    static void write(Path path, int pid, int umask, BooleanSupplier gone)
    {
        Detour.take(path::toString, gone, () -> {
            write(path, pid, umask);
            return path;
        }, PidFile::takeBack);
    }

    /** It came too late: the process has been ended by now. */
    private static void takeBack(Path path)
    {
        try {
            Files.deleteIfExists(path);
        }
        catch (IOException e) {
            // The caller's own file in the caller's own place: nothing of ours hangs on it.
        }
    }

    private static void write(Path path, int pid, int umask)
    {
        Path beside = path.resolveSibling("." + path.getFileName());
        try {
            try (var channel = Files.newByteChannel(beside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                channel.write(StandardCharsets.US_ASCII.encode(Integer.toString(pid)));
            }
            // Through no link: the directory is the caller's choice, and perhaps not his alone.
            Files.getFileAttributeView(beside, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setPermissions(permissions(MODE & ~umask));
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        catch (FileAlreadyExistsException e) {
            throw new HostException("cannot write the pid file " + path + ": " + beside + " is in the way", e);
        }
        catch (IOException e) {
            throw new HostException("cannot write the pid file " + path + ": " + e.getMessage(), e);
        }
    }

    private static Set<PosixFilePermission> permissions(int mode)
    {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] fromHighest = PosixFilePermission.values();
        for (int bit = 0; bit < fromHighest.length; bit++) {
            if ((mode & 0400 >> bit) != 0) {
                permissions.add(fromHighest[bit]);
            }
        }
        return permissions;
    }
}
