package io.jrunc.host;

import static io.jrunc.error.Errno.ECONNRESET;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * A connection to somebody who decides whether a process that is ready may go on. It says {@code start} or {@code abort}, five bytes;
 * what comes after them does not matter.
 */
public final class SupervisorSocket implements AutoCloseable
{
    private static final int WORD = 5;
    private static final String START = "start";
    private static final String ABORT = "abort";

    /** What was said. */
    public sealed interface Word
    {
        record Start() implements Word {}

        record Abort() implements Word {}

        /** It closed the connection, or died, without a word. */
        record Gone() implements Word {}

        /** @param text as far as it came, at most five characters */
        record Nonsense(String text) implements Word {}
    }

    private final Fd connection;
    private String said = "";

    /** Takes the connection over. */
    public SupervisorSocket(Fd connection)
    {
        this.connection = connection;
    }

    /** Readable when there may be a word: time for {@link #heard}. */
    public Fd descriptor()
    {
        return connection;
    }

    /** Does not wait. @return empty = nothing yet, or not all of it */
    public Optional<Word> heard()
    {
        while (FileCalls.poll(Optional.of(Duration.ZERO), FileCalls.POLLIN, connection)[0] != 0) {
            String more = receive();
            if (more.isEmpty()) {
                return Optional.of(new Word.Gone());
            }
            said += more;
            if (said.equals(START)) {
                return Optional.of(new Word.Start());
            }
            if (said.equals(ABORT)) {
                return Optional.of(new Word.Abort());
            }
            if (!START.startsWith(said) && !ABORT.startsWith(said)) {
                return Optional.of(new Word.Nonsense(said));
            }
        }
        return Optional.empty();
    }

    /** No more than is missing of a word; empty = the end. */
    private String receive()
    {
        try {
            SocketCalls.Message message = SocketCalls.receive(connection, WORD - said.length());
            // A descriptor that comes along is none of our business.
            message.descriptors().forEach(Fd::close);
            return new String(message.bytes(), StandardCharsets.ISO_8859_1);
        }
        catch (ErrnoException e) {
            if (e.is(ECONNRESET)) {
                return "";
            }
            throw e;
        }
    }

    @Override
    public void close()
    {
        connection.close();
    }
}
