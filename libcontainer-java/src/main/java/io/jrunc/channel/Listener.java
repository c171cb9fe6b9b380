package io.jrunc.channel;

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
 * The resident engine's end of its socket: launchers come in here. For one thread; {@link #stop()} may come from another.
 */
public final class Listener implements AutoCloseable
{
    private static final Duration WITHOUT_ROOM = Duration.ofMillis(20);

    private final Fd socket;

    private Listener(Fd socket)
    {
        this.socket = socket;
    }

    /** Takes over a listening socket that the launcher, or systemd, has made. */
    public static Listener inherited(int number)
    {
        return new Listener(Fd.adopt(number));
    }

    /** The next launcher's socket; empty when none came in time, or left at once, or found no room, or after {@link #stop()}. */
    public Optional<Fd> accept(Duration patience)
    {
        if (FileCalls.poll(Optional.of(patience), FileCalls.POLLIN, socket)[0] == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(SocketCalls.accept(socket));
        }
        catch (ErrnoException e) {
            // EINVAL: it was stopped.
            if (e.is(EINVAL, EINTR)) {
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
