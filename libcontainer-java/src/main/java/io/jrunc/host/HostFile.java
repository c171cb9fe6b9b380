package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.nio.file.Path;

/**
 * A file of the host, read whole. The JDK's own ways open a channel, which loads its network library first.
 */
public final class HostFile
{
    private static final int O_RDONLY = 0;

    private HostFile() {}

    /** @param limit bytes; of a longer file the beginning. @throws ErrnoException from open or read */
    public static byte[] read(Path file, int limit)
    {
        try (Fd fd = FileCalls.open(file.toString(), O_RDONLY, 0)) {
            return FileCalls.read(fd, limit);
        }
    }
}
