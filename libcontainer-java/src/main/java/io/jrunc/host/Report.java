package io.jrunc.host;

import static io.jrunc.error.Errno.EAGAIN;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Optional;

/** A fifo that somebody writes a short report to and closes. */
public final class Report
{
    private static final int LIMIT = 65536;

    private Report() {}

    /**
     * Reads to the end: until no writer is left.
     *
     * @param fifo opened not blocking, while there was a writer
     * @throws HostException when the writer is still there after {@code limit}
     */
    public static byte[] read(Fd fifo, Duration limit)
    {
        long end = System.nanoTime() + limit.toNanos();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < LIMIT) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            if (FileCalls.poll(Optional.of(left), FileCalls.POLLIN, fifo)[0] == 0) {
                throw new HostException("the container's init did not execute its program within " + limit.toSeconds() + " s");
            }
            try {
                byte[] some = FileCalls.readSome(fifo, LIMIT);
                if (some.length == 0) {
                    return all.toByteArray();
                }
                all.writeBytes(some);
            }
            catch (ErrnoException e) {
                if (!e.is(EAGAIN)) {
                    throw e;
                }
            }
        }
        return all.toByteArray();
    }
}
