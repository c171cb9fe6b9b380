package io.jrunc.host.dbus;

import static io.jrunc.error.Errno.EAGAIN;
import static io.jrunc.error.Errno.ECONNRESET;
import static io.jrunc.error.Errno.EPIPE;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A conversation with a bus, or with one peer. One thread's; nothing happens in between calls.
 *
 * <p><b>Errors</b>: {@link DbusException} from every method.
 */
public final class DbusConnection implements AutoCloseable
{
    private static final String BUS = "org.freedesktop.DBus";
    private static final String BUS_PATH = "/org/freedesktop/DBus";
    private static final int PIECE = 32 * 1024;
    private static final int LONGEST_LINE = 4096;
    /** Signals that nobody asked for in between; more of them than this and the oldest are forgotten. */
    private static final int MOST_SIGNALS = 1000;

    private final Fd socket;
    private final Deque<DbusMessage> signals = new ArrayDeque<>();
    private byte[] received = new byte[0];
    private long serial;
    private String answerer = "";

    private DbusConnection(Fd socket)
    {
        this.socket = socket;
    }

    /**
     * Connects and says who we are: the kernel tells the other side, so that no uid, which user namespaces would make ambiguous, is
     * sent along.
     *
     * @param path of the socket; {@code @} begins a name without a file
     * @param bus say Hello, as a bus wants it and a peer does not know it
     * @param limit for all of it
     * @throws ErrnoException as connect said it; EAGAIN = too many others are waiting there
     */
    public static DbusConnection open(String path, boolean bus, Duration limit)
    {
        Fd socket = SocketCalls.socket(SocketCalls.SOCK_STREAM | FileCalls.O_NONBLOCK);
        try {
            SocketCalls.connect(socket, path);
            DbusConnection connection = new DbusConnection(socket);
            connection.authenticate(limit);
            if (bus) {
                connection.call(BUS, BUS_PATH, BUS, "Hello", "", List.of(), limit);
            }
            return connection;
        }
        catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    private void authenticate(Duration limit)
    {
        long end = end(limit);
        send("\0AUTH EXTERNAL\r\nDATA\r\n".getBytes(StandardCharsets.US_ASCII), "authentication", limit, end);
        String answer = line(limit, end);
        if (answer.equals("DATA")) {
            answer = line(limit, end);
        }
        if (!answer.startsWith("OK")) {
            throw DbusException.refused("org.freedesktop.DBus.Error.AuthFailed", "it does not accept who we are: " + answer);
        }
        send("BEGIN\r\n".getBytes(StandardCharsets.US_ASCII), "authentication", limit, end);
    }

    private String line(Duration limit, long end)
    {
        while (true) {
            for (int i = 0; i + 1 < received.length; i++) {
                if (received[i] == '\r' && received[i + 1] == '\n') {
                    String line = new String(received, 0, i, StandardCharsets.US_ASCII);
                    received = Arrays.copyOfRange(received, i + 2, received.length);
                    return line;
                }
            }
            if (received.length > LONGEST_LINE) {
                throw DbusException.nonsense("a line without an end");
            }
            receive("authentication", limit, end);
        }
    }

    /**
     * Calls a method and waits for what it returns.
     *
     * @param destination empty where the other end is a peer
     * @return the values of the answer
     */
    public List<Object> call(String destination, String path, String iface, String member, String types, List<Object> body, Duration limit)
    {
        long end = end(limit);
        long own = ++serial;
        send(DbusMessage.call(own, destination, path, iface, member, types, body).encode(), member, limit, end);
        while (true) {
            DbusMessage message = next(member, limit, end);
            if (message.type() == DbusMessage.Type.SIGNAL) {
                signals.add(message);
                if (signals.size() > MOST_SIGNALS) {
                    signals.remove();
                }
            }
            else if (message.replySerial() == own) {
                answerer = message.sender();
                if (message.type() == DbusMessage.Type.ERROR) {
                    throw DbusException.refused(message.error(), !message.body().isEmpty() && message.body().getFirst() instanceof String text ? text : "");
                }
                return message.body();
            }
        }
    }

    /** Who has answered the last call, as the bus says it; empty where there is no bus. */
    public String answerer()
    {
        return answerer;
    }

    /** Has the bus send such signals. */
    public void match(String rule, Duration limit)
    {
        call(BUS, BUS_PATH, BUS, "AddMatch", "s", List.of(rule), limit);
    }

    /** Whom the bus belongs to, as it sees itself. */
    public long owner(Duration limit)
    {
        List<Object> answer = call(BUS, BUS_PATH, BUS, "GetConnectionUnixUser", "s", List.of(BUS), limit);
        if (answer.size() == 1 && answer.getFirst() instanceof Long uid) {
            return uid;
        }
        throw DbusException.nonsense("a user was expected, not " + answer);
    }

    /** Waits for a signal; one that came during a call counts. Others are forgotten. */
    public DbusMessage signal(String what, Predicate<DbusMessage> wanted, Duration limit)
    {
        long end = end(limit);
        while (true) {
            DbusMessage message = signals.isEmpty() ? next(what, limit, end) : signals.remove();
            if (message.type() == DbusMessage.Type.SIGNAL && wanted.test(message)) {
                return message;
            }
        }
    }

    private DbusMessage next(String what, Duration limit, long end)
    {
        while (true) {
            if (received.length >= DbusMessage.FIXED) {
                int length = DbusMessage.length(received);
                if (received.length >= length) {
                    byte[] message = Arrays.copyOf(received, length);
                    received = Arrays.copyOfRange(received, length, received.length);
                    return DbusMessage.decode(message);
                }
            }
            receive(what, limit, end);
        }
    }

    private void receive(String what, Duration limit, long end)
    {
        await(FileCalls.POLLIN, what, limit, end);
        try {
            SocketCalls.Message message = SocketCalls.receive(socket, PIECE);
            // Nobody was asked for a descriptor.
            message.descriptors().forEach(Fd::close);
            if (message.bytes().length == 0) {
                throw DbusException.closed();
            }
            int had = received.length;
            received = Arrays.copyOf(received, had + message.bytes().length);
            System.arraycopy(message.bytes(), 0, received, had, message.bytes().length);
        }
        catch (ErrnoException e) {
            throw gone(e);
        }
    }

    private void send(byte[] bytes, String what, Duration limit, long end)
    {
        for (int sent = 0; sent < bytes.length; ) {
            try {
                sent += SocketCalls.sendNow(socket, Arrays.copyOfRange(bytes, sent, Math.min(bytes.length, sent + PIECE)));
            }
            catch (ErrnoException e) {
                if (!e.is(EAGAIN)) {
                    throw gone(e);
                }
                await(FileCalls.POLLOUT, what, limit, end);
            }
        }
    }

    private void await(int event, String what, Duration limit, long end)
    {
        long left = end - System.nanoTime();
        // Also when there is always something to read, but never the answer.
        if (left <= 0 || FileCalls.poll(Optional.of(Duration.ofNanos(left)), event, socket)[0] == 0) {
            throw DbusException.late(what, limit);
        }
    }

    private static RuntimeException gone(ErrnoException e)
    {
        return e.is(EPIPE, ECONNRESET) ? DbusException.closed() : e;
    }

    private static long end(Duration limit)
    {
        return System.nanoTime() + limit.toNanos();
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
