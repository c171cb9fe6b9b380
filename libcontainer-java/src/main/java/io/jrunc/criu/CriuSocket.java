package io.jrunc.criu;

import static io.jrunc.error.Errno.ECONNRESET;
import static io.jrunc.error.Errno.EPIPE;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Our end of the conversation with one criu.
 *
 * <p>To criu the process that made the two ends is its client, and numbers of descriptors in {@link CriuOptions} are that process's: it
 * is criu itself, before it became criu.
 */
public final class CriuSocket implements AutoCloseable
{
    /** Of criu's longest message; it has a buffer of that size, too. */
    private static final int LIMIT = 40 * 1024;

    private final Fd ours;

    /** Takes it over. */
    public CriuSocket(Fd ours)
    {
        this.ours = ours;
    }

    /** Readable when criu has said something, or has gone: time for {@link #receive}. */
    public Fd descriptor()
    {
        return ours;
    }

    /** Whether {@link #receive} would answer at once. */
    public boolean readable()
    {
        return FileCalls.poll(Optional.of(Duration.ZERO), FileCalls.POLLIN, ours)[0] != 0;
    }

    /** That criu has gone shows when its answer is awaited. */
    public void send(byte[] request)
    {
        try {
            SocketCalls.send(ours, request, List.of());
        }
        catch (ErrnoException e) {
            if (!e.is(EPIPE, ECONNRESET)) {
                throw e;
            }
        }
    }

    /** What was received. @param descriptor that came along, the receiver's to close */
    public record Received(CriuResponse response, Optional<Fd> descriptor) implements AutoCloseable
    {
        @Override
        public void close()
        {
            descriptor.ifPresent(Fd::close);
        }
    }

    /** Waits for one message. @return empty = criu has gone */
    public Optional<Received> receive()
    {
        SocketCalls.Message message;
        try {
            message = SocketCalls.receive(ours, LIMIT);
        }
        catch (ErrnoException e) {
            if (e.is(ECONNRESET)) {
                return Optional.empty();
            }
            throw e;
        }
        try {
            if (message.bytes().length == 0) {
                message.descriptors().forEach(Fd::close);
                return Optional.empty();
            }
            if (message.truncated() || message.descriptors().size() > 1) {
                throw new HostException("criu's answer is too long");
            }
            return Optional.of(new Received(CriuResponse.parse(message.bytes()), message.descriptors().stream().findFirst()));
        }
        catch (RuntimeException | Error e) {
            message.descriptors().forEach(Fd::close);
            throw e;
        }
    }

    /** Nothing more is said; criu, which waits for a request, ends. */
    public void hangUp()
    {
        ours.close();
    }

    @Override
    public void close()
    {
        ours.close();
    }
}
