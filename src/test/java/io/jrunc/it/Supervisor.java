package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/** The listener of {@code exec --hold-socket}: is handed one process, and says what becomes of it. */
public final class Supervisor implements AutoCloseable
{
    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();

    private final UnixServerSocketChannel server;
    private final Path path;
    private final CompletableFuture<UnixSocketChannel> visitor;
    private int pidfd = -1;

    private Supervisor(UnixServerSocketChannel server, Path path)
    {
        this.server = server;
        this.path = path;
        this.visitor = CompletableFuture.supplyAsync(() -> {
            try {
                return server.accept();
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    public static Supervisor at(Path path)
    {
        try {
            UnixServerSocketChannel server = UnixServerSocketChannel.open();
            server.socket().bind(new UnixSocketAddress(path.toFile()));
            return new Supervisor(server, path);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path()
    {
        return path;
    }

    private UnixSocketChannel channel()
    {
        try {
            return visitor.get(Patience.with(Duration.ofSeconds(20)).toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("nobody came to " + path, e);
        }
    }

    /** Waits for the message. @return it, with the pidfd's number in this process */
    public ConsoleSocket.Received received()
    {
        ConsoleSocket.Received received = ConsoleSocket.receive(channel());
        pidfd = received.fd();
        return received;
    }

    /** The process of {@link #received}, named by its descriptor. */
    public long pid()
    {
        return Host.read("/proc/self/fdinfo/" + pidfd).lines().filter(line -> line.startsWith("Pid:")).map(line -> Long.parseLong(line.substring(4).strip())).findFirst().orElseThrow();
    }

    public Supervisor say(String word)
    {
        try {
            channel().write(ByteBuffer.wrap(word.getBytes(StandardCharsets.UTF_8)));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Waits until the other side has closed the connection. */
    public void awaitEnd(Duration limit)
    {
        CompletableFuture<Integer> end = CompletableFuture.supplyAsync(() -> {
            try {
                return channel().read(ByteBuffer.allocate(1));
            }
            catch (IOException e) {
                return -1;
            }
        });
        try {
            if (end.get(Patience.with(limit).toMillis(), TimeUnit.MILLISECONDS) > 0) {
                throw new AssertionError("something else was said after the message");
            }
        }
        catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the connection is still open", e);
        }
    }

    /** Goes away without a word. */
    public void leave()
    {
        try {
            channel().close();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close()
    {
        try {
            if (visitor.isDone() && !visitor.isCompletedExceptionally()) {
                leave();
            }
            if (pidfd >= 0) {
                POSIX.close(pidfd);
            }
            server.close();
            Files.deleteIfExists(path);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
