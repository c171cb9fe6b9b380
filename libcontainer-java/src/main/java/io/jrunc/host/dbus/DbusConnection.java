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
    /** Signals that came during a call; more of them than this, in number or bytes, and the oldest are forgotten. */
    private static final int MOST_SIGNALS = 1000;
    private static final int MOST_BYTES = 1 << 20;

    private final Fd socket;
    private final Deque<Kept> signals = new ArrayDeque<>();
    private int keptBytes;
    private Predicate<DbusMessage> heard = signal -> signal.sender().isEmpty();
    private byte[] received = new byte[0];
    private long serial;
    private String answerer = "";

    private record Kept(DbusMessage message, int bytes) {}

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
            Kept next = next(member, head -> isHeard(head) || isAnswer(head, own), limit, end);
            DbusMessage message = next.message();
            if (message.type() == DbusMessage.Type.SIGNAL) {
                keep(next);
            }
            else {
                answerer = message.sender();
                if (message.type() == DbusMessage.Type.ERROR) {
                    throw DbusException.refused(message.error(), !message.body().isEmpty() && message.body().getFirst() instanceof String text ? text : "");
                }
                return message.body();
            }
        }
    }

    private boolean isHeard(DbusMessage head)
    {
        return head.type() == DbusMessage.Type.SIGNAL && heard.test(head);
    }

    private static boolean isAnswer(DbusMessage head, long call)
    {
        return head.replySerial() == call && (head.type() == DbusMessage.Type.RETURN || head.type() == DbusMessage.Type.ERROR);
    }

    private void keep(Kept signal)
    {
        signals.add(signal);
        keptBytes += signal.bytes();
        while (signals.size() > MOST_SIGNALS || keptBytes > MOST_BYTES) {
            keptBytes -= signals.remove().bytes();
        }
    }

    /**
     * Which signals are kept from now on, by all but their bodies. Anybody on a bus may send us some, as many and as large as he likes;
     * before this only those that come from no bus are kept, a peer's.
     */
    public void hear(Predicate<DbusMessage> wanted)
    {
        heard = wanted;
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
            Kept next = signals.isEmpty() ? next(what, this::isHeard, limit, end) : signals.remove();
            keptBytes = signals.isEmpty() ? 0 : keptBytes - next.bytes();
            if (wanted.test(next.message())) {
                return next.message();
            }
        }
    }

    /** The next message that is wanted; others are passed over, however large they are. */
    private Kept next(String what, Predicate<DbusMessage> wanted, Duration limit, long end)
    {
        while (true) {
            fill(DbusMessage.FIXED, what, limit, end);
            DbusMessage.Size size = DbusMessage.size(received);
            if (size.strange()) {
                pass(size.whole(), what, limit, end);
                continue;
            }
            int length = (int) (size.large() ? size.fields() : size.whole());
            fill(length, what, limit, end);
            byte[] bytes = Arrays.copyOf(received, length);
            if (size.large()) {
                DbusMessage.decode(bytes, wanted.and(head -> {
                    throw DbusException.nonsense(size.whole() + " bytes");
                }));
            }
            pass(size.whole(), what, limit, end);
            Optional<DbusMessage> message = size.large() ? Optional.empty() : DbusMessage.decode(bytes, wanted);
            if (message.isPresent()) {
                return new Kept(message.get(), length);
            }
        }
    }

    /** Until so many bytes are there. */
    private void fill(int bytes, String what, Duration limit, long end)
    {
        while (received.length < bytes) {
            receive(what, limit, end);
        }
    }

    /** Takes so many bytes away, those that are still to come too. */
    private void pass(long bytes, String what, Duration limit, long end)
    {
        long left = bytes;
        while (left > received.length) {
            left -= received.length;
            received = new byte[0];
            receive(what, limit, end);
        }
        received = Arrays.copyOfRange(received, (int) left, received.length);
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
