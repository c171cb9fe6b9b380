package io.jrunc.channel;

import io.jrunc.os.Fd;
import io.jrunc.os.SocketCalls;

import java.util.Optional;

/**
 * Who connected, by the kernel's word; before anything that was sent is read.
 *
 * @param pid 0 = the process is not visible in our pid namespace
 * @param process a descriptor of that process; empty = it is gone
 */
public record Client(int pid, int uid, Optional<Fd> process) implements AutoCloseable
{
    /** @param socket stays the caller's */
    public static Client at(Fd socket)
    {
        SocketCalls.Peer peer = SocketCalls.peer(socket);
        return new Client(peer.pid(), peer.uid(), SocketCalls.peerProcess(socket));
    }

    @Override
    public void close()
    {
        process.ifPresent(Fd::close);
    }
}
