package io.jrunc.os;

import static io.jrunc.error.Errno.ENOPROTOOPT;

import io.jrunc.error.ErrnoException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Unix sockets with descriptors in their messages.
 *
 * <p><b>Errors</b>: {@link ErrnoException}; EPIPE and ECONNRESET = the other side has gone.
 */
public final class SocketCalls
{
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_SEQPACKET = 5;

    private static final int AF_UNIX = 1;
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SO_PEERCRED = 17;
    /** Linux 6.5. */
    private static final int SO_PEERPIDFD = 77;
    private static final int MSG_CTRUNC = 8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int CMSG_HEADER = 16;
    private static final int PATH_ROOM = 108;

    /** Most descriptors that the kernel passes in one message. */
    public static final int FD_LIMIT = 253;

    private SocketCalls() {}

    /** One message. @param truncated bytes or descriptors did not fit and are lost */
    public record Message(byte[] bytes, List<Fd> descriptors, boolean truncated) {}

    /** @param pid 0 = the process is not visible in our pid namespace */
    public record Peer(int pid, int uid, int gid) {}

    public static Fd socket(int type)
    {
        return Fd.adopt((int) Kernel.call("socket", "AF_UNIX", Nr.SOCKET, AF_UNIX, type | SOCK_CLOEXEC, 0));
    }

    /** A socket to the kernel's network configuration, of the network namespace that the calling thread is in. */
    public static Fd route()
    {
        return Fd.adopt((int) Kernel.call("socket", "AF_NETLINK", Nr.SOCKET, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
    }

    public static Fd[] pair(int type)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(8);
            Kernel.call("socketpair", "AF_UNIX", Nr.SOCKETPAIR, AF_UNIX, type | SOCK_CLOEXEC, 0, scratch.address(room), 0);
            return new Fd[] {Fd.adopt(scratch.getInt(room)), Fd.adopt(scratch.getInt(room + 4))};
        }
    }

    /** @param path at most 107 bytes; a leading {@code @} is the abstract namespace */
    public static void connect(Fd socket, String path)
    {
        withAddress("connect", Nr.CONNECT, socket, path);
    }

    public static void bind(Fd socket, String path)
    {
        withAddress("bind", Nr.BIND, socket, path);
    }

    private static void withAddress(String name, int number, Fd socket, String path)
    {
        byte[] text = path.getBytes(StandardCharsets.UTF_8);
        if (text.length >= PATH_ROOM) {
            throw new ErrnoException(name, path, io.jrunc.error.Errno.ENAMETOOLONG);
        }
        boolean named = !path.startsWith("@");
        if (!named) {
            text[0] = 0;
        }
        try (Scratch scratch = Scratch.open()) {
            int address = scratch.take(2 + PATH_ROOM);
            scratch.putShort(address, AF_UNIX);
            for (int i = 0; i < text.length; i += 2) {
                scratch.putShort(address + 2 + i, (text[i] & 0xff) | (i + 1 < text.length ? (text[i + 1] & 0xff) << 8 : 0));
            }
            Kernel.call(name, path, number, socket.raw(), scratch.address(address), 2 + text.length + (named ? 1 : 0));
        }
    }

    public static void listen(Fd socket, int backlog)
    {
        Kernel.call("listen", socket, Nr.LISTEN, socket.raw(), backlog, 0);
    }

    public static Fd accept(Fd socket)
    {
        return Fd.adopt((int) Kernel.call("accept4", socket, Nr.ACCEPT4, socket.raw(), 0, 0, SOCK_CLOEXEC, 0));
    }

    /** Who is, or was when it connected, at the other end. */
    public static Peer peer(Fd socket)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(12);
            int length = scratch.take(4);
            scratch.putInt(length, 12);
            Kernel.call("getsockopt", "SO_PEERCRED", Nr.GETSOCKOPT, socket.raw(), SOL_SOCKET, SO_PEERCRED, scratch.address(room), scratch.address(length));
            return new Peer(scratch.getInt(room), scratch.getInt(room + 4), scratch.getInt(room + 8));
        }
    }

    /**
     * The very process that connected, whoever has its number by now. Before Linux 6.5 the one that has the number when this is called.
     *
     * @return empty = it is gone
     */
    public static Optional<Fd> peerProcess(Fd socket)
    {
        try (Scratch scratch = Scratch.open()) {
            int room = scratch.take(4);
            int length = scratch.take(4);
            scratch.putInt(length, 4);
            long result = Kernel.raw(Nr.GETSOCKOPT, socket.raw(), SOL_SOCKET, SO_PEERPIDFD, scratch.address(room), scratch.address(length));
            if (result == 0) {
                return Optional.of(Fd.adopt(scratch.getInt(room)));
            }
            if (result != -ENOPROTOOPT) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(ProcessCalls.open(peer(socket).pid()));
        }
        catch (ErrnoException e) {
            return Optional.empty();
        }
    }

    public static void shutdown(Fd socket)
    {
        Kernel.raw(Nr.SHUTDOWN, socket.raw(), 2, 0);
    }

    /** Sends one message, whole. The descriptors stay the caller's. */
    public static void send(Fd socket, byte[] bytes, List<Fd> descriptors)
    {
        try (Scratch scratch = Scratch.open()) {
            int payload = scratch.bytes(bytes);
            int control = 0;
            int controlLength = 0;
            if (!descriptors.isEmpty()) {
                controlLength = CMSG_HEADER + (4 * descriptors.size() + 7 & ~7);
                control = scratch.take(controlLength);
                scratch.putLong(control, CMSG_HEADER + 4L * descriptors.size());
                scratch.putInt(control + 8, SOL_SOCKET);
                scratch.putInt(control + 12, SCM_RIGHTS);
                for (int i = 0; i < descriptors.size(); i++) {
                    scratch.putInt(control + CMSG_HEADER + 4 * i, descriptors.get(i).raw());
                }
            }
            int header = header(scratch, payload, bytes.length, control, controlLength);
            Kernel.call("sendmsg", socket, Nr.SENDMSG, socket.raw(), scratch.address(header), MSG_NOSIGNAL);
        }
    }

    /** As much of a stream's bytes as there is room for now. @return how many; EAGAIN = none */
    public static int sendNow(Fd socket, byte[] bytes)
    {
        try (Scratch scratch = Scratch.open()) {
            int header = header(scratch, scratch.bytes(bytes), bytes.length, 0, 0);
            return (int) Kernel.call("sendmsg", socket, Nr.SENDMSG, socket.raw(), scratch.address(header), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }

    /** Receives one message; empty bytes = end of stream (or an empty packet, which jrunc never sends). */
    public static Message receive(Fd socket, int limit)
    {
        try (Scratch scratch = Scratch.open()) {
            int payload = scratch.room(limit);
            int room = CMSG_HEADER + 4 * FD_LIMIT + 4;
            int control = scratch.take(room);
            int header = header(scratch, payload, limit, control, room);
            int length = (int) Kernel.call("recvmsg", socket, Nr.RECVMSG, socket.raw(), scratch.address(header), MSG_CMSG_CLOEXEC);
            List<Fd> descriptors = new ArrayList<>();
            if (scratch.getLong(header + 40) >= CMSG_HEADER && scratch.getInt(control + 8) == SOL_SOCKET && scratch.getInt(control + 12) == SCM_RIGHTS) {
                int count = (int) (scratch.getLong(control) - CMSG_HEADER) / 4;
                for (int i = 0; i < count; i++) {
                    descriptors.add(Fd.adopt(scratch.getInt(control + CMSG_HEADER + 4 * i)));
                }
            }
            return new Message(scratch.copy(payload, length), descriptors, (scratch.getInt(header + 48) & (MSG_TRUNC | MSG_CTRUNC)) != 0);
        }
    }

    private static int header(Scratch scratch, int payload, int length, int control, int controlLength)
    {
        int vector = scratch.take(16);
        scratch.putLong(vector, scratch.address(payload));
        scratch.putLong(vector + 8, length);
        int header = scratch.take(56);
        scratch.putLong(header + 16, scratch.address(vector));
        scratch.putLong(header + 24, 1);
        scratch.putLong(header + 32, controlLength == 0 ? 0 : scratch.address(control));
        scratch.putLong(header + 40, controlLength);
        return header;
    }
}
