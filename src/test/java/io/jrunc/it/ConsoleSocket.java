package io.jrunc.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jnr.posix.CmsgHdr;
import jnr.posix.MsgHdr;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/**
 * A manager's end of {@code --console-socket}, {@code --pidfd-socket} and the like: takes one descriptor.
 */
public final class ConsoleSocket implements AutoCloseable
{
    /** What came: the message's bytes and the descriptor's number in this process. */
    public record Received(String message, int fd) {}

    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();
    private static final int SCM_RIGHTS = 1;

    private final UnixServerSocketChannel server;
    private final Path path;
    private final CompletableFuture<Received> received = new CompletableFuture<>();

    private ConsoleSocket(UnixServerSocketChannel server, Path path)
    {
        this.server = server;
        this.path = path;
        Thread.ofPlatform().daemon().start(this::receive);
    }

    public static ConsoleSocket at(Path path)
    {
        try {
            UnixServerSocketChannel server = UnixServerSocketChannel.open();
            server.socket().bind(new UnixSocketAddress(path.toFile()));
            return new ConsoleSocket(server, path);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path()
    {
        return path;
    }

    public Received await(Duration limit)
    {
        try {
            return received.get(Patience.with(limit).toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no descriptor came to " + path, e);
        }
    }

    /** Reads and writes the terminal whose master was received. */
    public Terminal terminal(Duration limit)
    {
        return new Terminal(await(limit).fd());
    }

    private void receive()
    {
        try (UnixSocketChannel channel = server.accept()) {
            received.complete(receive(channel));
        }
        catch (IOException | RuntimeException e) {
            received.completeExceptionally(e);
        }
    }

    /** One message, with a descriptor. */
    static Received receive(UnixSocketChannel channel)
    {
        MsgHdr message = POSIX.allocateMsgHdr();
        ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
        message.setIov(new ByteBuffer[] {bytes});
        CmsgHdr control = message.allocateControl(4);
        control.setLevel(1);
        control.setType(SCM_RIGHTS);
        int length = POSIX.recvmsg(channel.getFD(), message, 0);
        byte[] text = new byte[Math.max(length, 0)];
        bytes.get(0, text);
        int fd = -1;
        for (CmsgHdr each : message.getControls()) {
            if (each.getType() == SCM_RIGHTS && each.getData() != null) {
                fd = each.getData().order(java.nio.ByteOrder.nativeOrder()).getInt(0);
            }
        }
        return new Received(new String(text, StandardCharsets.UTF_8), fd);
    }

    @Override
    public void close()
    {
        try {
            server.close();
            java.nio.file.Files.deleteIfExists(path);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A pty master: what is typed, and what the screen showed. */
    public static final class Terminal implements AutoCloseable
    {
        private final int fd;
        private final OutputStream keys;
        private final Output screen;

        private Terminal(int fd)
        {
            this.fd = fd;
            // By its number: opening /proc/self/fd/N of a master would make another terminal.
            this.keys = new OutputStream()
            {
                @Override
                public void write(int b)
                {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int length)
                {
                    for (int done = 0; done < length;) {
                        byte[] rest = Arrays.copyOfRange(bytes, from + done, from + length);
                        int written = (int) POSIX.write(fd, rest, rest.length);
                        assertThat(written).as("bytes written to the terminal").isPositive();
                        done += written;
                    }
                }
            };
            this.screen = new Output(new InputStream()
            {
                @Override
                public int read()
                {
                    throw new UnsupportedOperationException("bytes are read in blocks");
                }

                /** EIO is the hang-up: no process has the other end any more. */
                @Override
                public int read(byte[] room, int from, int length)
                {
                    byte[] block = new byte[length];
                    int got = (int) POSIX.read(fd, block, length);
                    if (got <= 0) {
                        return -1;
                    }
                    System.arraycopy(block, 0, room, from, got);
                    return got;
                }
            });
        }

        public Terminal type(String text)
        {
            try {
                keys.write(text.getBytes(StandardCharsets.UTF_8));
                keys.flush();
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return this;
        }

        /** Waits until the screen has shown {@code text}. */
        public Terminal awaitScreen(String text)
        {
            screen.await(text, Duration.ofSeconds(20), "the terminal", () -> "");
            return this;
        }

        public String shown()
        {
            return screen.text();
        }

        /** Waits for the hang-up that follows the end of the last process on it. */
        public void awaitHangUp()
        {
            screen.join(Duration.ofSeconds(20));
        }

        @Override
        public void close()
        {
            POSIX.close(fd);
        }
    }
}
