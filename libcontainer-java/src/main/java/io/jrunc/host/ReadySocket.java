package io.jrunc.host;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The socket at which a container's program says that it is ready. Source: sd_notify(3).
 */
public final class ReadySocket implements AutoCloseable
{
    private static final int DATAGRAM = 4096;
    /** Whatever user the program runs as. */
    private static final int ANYBODY = 0777;

    private final Fd socket;

    private ReadySocket(Fd socket)
    {
        this.socket = socket;
    }

    /** Makes it. The folder is reached by a descriptor: its path may be longer than an address can be. */
    public static ReadySocket bind(Path folder, String name)
    {
        Fd socket = SocketCalls.socket(SocketCalls.SOCK_DGRAM);
        try (Fd place = FileCalls.open(folder.toString(), FileCalls.O_PATH, 0)) {
            String address = "/proc/self/fd/" + place.raw() + "/" + name;
            SocketCalls.bind(socket, address);
            FileCalls.changeMode(address, ANYBODY);
            return new ReadySocket(socket);
        }
        catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    public Fd descriptor()
    {
        return socket;
    }

    /** Reads one message. @return its line that says READY=; empty = it has none */
    public Optional<String> receive()
    {
        SocketCalls.Message message = SocketCalls.receive(socket, DATAGRAM);
        // A descriptor that comes along is none of our business.
        message.descriptors().forEach(Fd::close);
        return new String(message.bytes(), StandardCharsets.UTF_8).lines().filter(line -> line.startsWith("READY=")).findFirst();
    }

    /** Waits for a message, or for the end of a process. @return true = a message is there, even if the process is gone */
    public boolean await(HostProcess process, Duration limit)
    {
        return FileCalls.poll(Optional.of(limit), FileCalls.POLLIN, socket, process.descriptor())[0] != 0;
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
