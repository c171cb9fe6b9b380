package io.jrunc.channel;

import static io.jrunc.error.Errno.EAGAIN;
import static io.jrunc.error.Errno.ECONNABORTED;
import static io.jrunc.error.Errno.EINTR;
import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.EMFILE;
import static io.jrunc.error.Errno.ENFILE;
import static io.jrunc.error.Errno.ENOBUFS;
import static io.jrunc.error.Errno.ENOMEM;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The resident engine's end of its socket: launchers come in here. Several threads may wait, and each launcher wakes one of them;
 * {@link #stop()} may come from any.
 */
public final class Listener implements AutoCloseable
{
    private static final Duration WITHOUT_ROOM = Duration.ofMillis(20);

    /** What "at once" is to the kernel, to which no time at all means for ever. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final Fd socket;
    /** Else whoever has made it lets nobody wait in a call of the kernel. */
    private final boolean blocking;
    private volatile Duration limit = Duration.ZERO;

    private Listener(Fd socket)
    {
        this.socket = socket;
        this.blocking = (FileCalls.statusFlags(socket) & FileCalls.O_NONBLOCK) == 0;
    }

    /** Takes over a listening socket that the launcher, or systemd, has made. */
    public static Listener inherited(int number)
    {
        return new Listener(Fd.adopt(number));
    }

    /**
     * The next launcher's socket; empty when none came in time, or left at once, or found no room, or after {@link #stop()}.
     *
     * @param patience the same for all who wait at one time
     */
    public Optional<Fd> accept(Duration patience)
    {
        if (blocking) {
            waitFor(patience.isZero() ? AT_ONCE : patience);
        }
        else if (FileCalls.poll(Optional.of(patience), FileCalls.POLLIN, socket)[0] == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(SocketCalls.accept(socket));
        }
        catch (ErrnoException e) {
            // EINVAL: it was stopped.
            if (e.is(EAGAIN, EINVAL, EINTR)) {
                return Optional.empty();
            }
            // No descriptors or no memory just now: who serves others goes on serving them, and this one still waits.
            if (e.is(EMFILE, ENFILE, ENOMEM, ENOBUFS, ECONNABORTED)) {
                LockSupport.parkNanos(Math.min(patience.toNanos(), WITHOUT_ROOM.toNanos()));
                return Optional.empty();
            }
            throw e;
        }
    }

    private void waitFor(Duration patience)
    {
        if (!patience.equals(limit)) {
            SocketCalls.acceptWithin(socket, patience);
            limit = patience;
        }
    }

    /** Turns away whoever waits and wakes {@link #accept}; the descriptor stays open until {@link #close()}, so that its number is not reused. */
    public void stop()
    {
        SocketCalls.shutdown(socket);
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
