package io.jrunc.channel;

import static io.jrunc.error.Errno.EINTR;
import static io.jrunc.error.Errno.EINVAL;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.time.Duration;
import java.util.Optional;

/**
 * The resident engine's end of its socket: launchers come in here. For one thread; {@link #stop()} may come from another.
 */
public final class Listener implements AutoCloseable
{
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

    /** The next launcher's socket; empty when none came in time, or after {@link #stop()}. */
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
