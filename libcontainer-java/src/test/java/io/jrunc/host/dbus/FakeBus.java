package io.jrunc.host.dbus;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A bus at a socket of a test, with one service on it; answers what the test says. */
public final class FakeBus implements AutoCloseable
{
    /** The service. Its thread is the connection's. */
    public interface Service
    {
        void asked(DbusMessage call, Answer answer) throws IOException;
    }

    /** What can be said to whoever asked. */
    public static final class Answer
    {
        private final SocketChannel channel;
        private final DbusMessage call;

        private Answer(SocketChannel channel, DbusMessage call)
        {
            this.channel = channel;
            this.call = call;
        }

        public void returns(String types, Object... body) throws IOException
        {
            send(new DbusMessage(DbusMessage.Type.RETURN, 7, call.serial(), "", "", "", "", "", "", types, List.of(body)).encode());
        }

        public void fails(String name, String text) throws IOException
        {
            send(new DbusMessage(DbusMessage.Type.ERROR, 7, call.serial(), "", "", "", name, "", "", "s", List.of(text)).encode());
        }

        public void signal(String path, String iface, String member, String types, Object... body) throws IOException
        {
            signalOf("", path, iface, member, types, body);
        }

        /** As the bus passes it on from somebody else, who is not the service. */
        public void signalOf(String sender, String path, String iface, String member, String types, Object... body) throws IOException
        {
            send(new DbusMessage(DbusMessage.Type.SIGNAL, 7, 0, path, iface, member, "", "", sender, types, List.of(body)).encode());
        }

        public void send(byte[] bytes) throws IOException
        {
            for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                channel.write(rest);
            }
        }

        public void hangUp() throws IOException
        {
            channel.close();
        }
    }

    private final ServerSocketChannel server;
    private final String authentication;
    private final Service service;

    private FakeBus(Path socket, String authentication, Service service)
    {
        this.authentication = authentication;
        this.service = service;
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public static FakeBus at(Path socket, Service service)
    {
        return new FakeBus(socket, "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n", service);
    }

    /** One that does not accept who is there. */
    static FakeBus refusing(Path socket)
    {
        return new FakeBus(socket, "DATA\r\nREJECTED EXTERNAL\r\n", (call, answer) -> { });
    }

    private void accept()
    {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                Thread.ofVirtual().start(() -> serve(channel));
            }
        }
        catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(SocketChannel channel)
    {
        try (channel) {
            InputStream in = Channels.newInputStream(channel);
            expect(in, "\0AUTH EXTERNAL\r\nDATA\r\n");
            new Answer(channel, null).send(authentication.getBytes());
            expect(in, "BEGIN\r\n");
            while (true) {
                byte[] start = in.readNBytes(DbusMessage.FIXED);
                if (start.length < DbusMessage.FIXED) {
                    return;
                }
                byte[] message = Arrays.copyOf(start, (int) DbusMessage.size(start).whole());
                if (in.readNBytes(message, start.length, message.length - start.length) < message.length - start.length) {
                    throw new EOFException();
                }
                DbusMessage call = DbusMessage.decode(message);
                Answer answer = new Answer(channel, call);
                switch (call.member()) {
                    case "Hello" -> answer.returns("s", ":1.1");
                    case "AddMatch" -> answer.returns("");
                    default -> service.asked(call, answer);
                }
            }
        }
        catch (IOException e) {
            // The other side has gone, which is its right.
        }
    }

    private static void expect(InputStream in, String text) throws IOException
    {
        byte[] got = in.readNBytes(text.length());
        if (!text.equals(new String(got))) {
            throw new IOException("unexpected \"" + new String(got) + "\"");
        }
    }

    @Override
    public void close()
    {
        try {
            server.close();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
