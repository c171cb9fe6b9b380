package io.jrunc.it;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;

/**
 * An agent that answers a container's system calls by the descriptor that the runtime handed to its socket. Source: seccomp_unotify(2).
 */
public final class NotifyAgent
{
    private static final long RECEIVE = 0xc0502100L;
    private static final long SEND = 0xc0182101L;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle IOCTL = LINKER.downcallHandle(LINKER.defaultLookup().find("ioctl").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));

    private NotifyAgent() {}

    /** Waits for the descriptor, then lets every call fail with {@code errno}, until the last process is gone. Returns what came with it. */
    public static String refuse(ConsoleSocket socket, int errno, Duration limit)
    {
        ConsoleSocket.Received received = socket.await(limit);
        if (received.fd() < 0) {
            throw new AssertionError("no descriptor came with " + received.message());
        }
        Thread.ofPlatform().daemon().start(() -> {
            while (answer(received.fd(), errno)) {
                Thread.onSpinWait();
            }
        });
        return received.message();
    }

    private static boolean answer(int fd, int errno)
    {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(80, 8);
            if ((int) IOCTL.invokeExact(fd, RECEIVE, request) < 0) {
                return false;
            }
            MemorySegment answer = arena.allocate(24, 8);
            answer.set(ValueLayout.JAVA_LONG, 0, request.get(ValueLayout.JAVA_LONG, 0));
            answer.set(ValueLayout.JAVA_INT, 16, -errno);
            int ignored = (int) IOCTL.invokeExact(fd, SEND, answer);
            return true;
        }
        catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
