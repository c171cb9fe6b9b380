package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.SocketCalls;

import java.util.ArrayList;
import java.util.List;

/**
 * A conversation with the kernel about the network namespace that the thread was in when it began.
 *
 * <p><b>Errors</b>: {@link ErrnoException} with the kernel's answer.
 */
final class RouteSocket implements AutoCloseable
{
    /** The kernel fills datagrams of a dump up to this. */
    private static final int DATAGRAM = 32768;

    private final Fd socket = SocketCalls.route();
    private int sequence;

    int next()
    {
        return ++sequence;
    }

    /**
     * Sends one request and takes its answers.
     *
     * @param what for the message of a failure, with the object
     */
    List<RouteMessage.Answer> ask(String what, String object, RouteMessage request)
    {
        SocketCalls.send(socket, request.encode(), List.of());
        List<RouteMessage.Answer> answers = new ArrayList<>();
        while (true) {
            SocketCalls.Message datagram = SocketCalls.receive(socket, DATAGRAM);
            for (RouteMessage.Answer answer : RouteMessage.parse(datagram.bytes())) {
                if (answer.sequence() != sequence) {
                    continue;
                }
                if (answer.type() == RouteMessage.DONE) {
                    return answers;
                }
                if (answer.type() == RouteMessage.ERROR) {
                    if (answer.errno() != 0) {
                        throw new ErrnoException(what, object, answer.errno());
                    }
                    return answers;
                }
                answers.add(answer);
            }
        }
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
