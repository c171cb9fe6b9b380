package io.jrunc.it;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/**
 * A pipe that outlives the process it was made for.
 *
 * <p>When a process ends, {@link Process} takes what its own pipes hold at that moment and closes them. A detached container goes on writing
 * to the output of the command that made it: through such a pipe that would be lost, and the container would get SIGPIPE. Nobody closes this
 * one but its reader, at its end.
 */
final class Fifo implements AutoCloseable
{
    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();

    private final Path folder;
    private final RandomAccessFile holder;
    private final InputStream reader;

    Fifo() throws IOException
    {
        folder = Files.createTempDirectory("fifo");
        if (POSIX.mkfifo(file().toString(), 0600) != 0) {
            throw new IOException("mkfifo " + file() + ": errno " + POSIX.errno());
        }
        // Open for both at first: so that neither the reader's nor the process's own opening waits for the other.
        holder = new RandomAccessFile(file(), "rw");
        reader = new FileInputStream(file());
    }

    /** What the process opens for writing; gone after {@link #close()}. */
    File file()
    {
        return folder.resolve("pipe").toFile();
    }

    /** Ends when the last writer has. */
    InputStream reader()
    {
        return reader;
    }

    /** The process has its end: it and its heirs are the only writers from now on. */
    @Override
    public void close()
    {
        try {
            holder.close();
            Files.delete(file().toPath());
            Files.delete(folder);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
