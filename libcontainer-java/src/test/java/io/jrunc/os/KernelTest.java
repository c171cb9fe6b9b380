package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sun.misc.Signal;
import sun.misc.SignalHandler;

class KernelTest
{
    private static final int ROUNDS = 20_000;

    private static final int TGKILL = System.getProperty("os.arch").equals("aarch64") ? 131 : 234;
    private static final int WINCH = 28;

    @Test
    void theErrnoIsThatOfTheCallWhateverTheJvmDoesBetween()
            throws Exception
    {
        Callable<Integer> badDescriptor = () -> wrongAnswers(Nr.CLOSE, -1, 0, Errno.EBADF);
        Callable<Integer> badFlag = () -> wrongAnswers(Nr.EVENTFD2, 0, -1, Errno.EINVAL);
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (Future<Integer> wrong : threads.invokeAll(List.of(badDescriptor, badFlag))) {
                assertThat(wrong.get()).isZero();
            }
        }
    }

    private static int wrongAnswers(int call, long a, long b, int errno)
    {
        int wrong = 0;
        byte[][] garbage = new byte[8][];
        for (int i = 0; i < ROUNDS; i++) {
            garbage[i & 7] = new byte[4096];
            wrong += Kernel.raw(call, a, b, 0) == -errno ? 0 : 1;
        }
        return wrong;
    }

    /** A wait for descriptors is never begun anew by the kernel itself, whatever the handler of a signal says. */
    @Test
    void aCallThatASignalInterruptsIsMadeAgain()
            throws Exception
    {
        Semaphore heard = new Semaphore(0);
        SignalHandler before = Signal.handle(new Signal("WINCH"), signal -> heard.release());
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        CompletableFuture<Long> number = new CompletableFuture<>();
        CompletableFuture<int[]> ready = new CompletableFuture<>();
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                number.complete(Long.parseLong(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString()));
                ready.complete(FileCalls.poll(Optional.empty(), FileCalls.POLLIN, pair[0]));
            }
            catch (IOException | RuntimeException e) {
                number.completeExceptionally(e);
                ready.completeExceptionally(e);
            }
        });
        try {
            for (int i = 0; i < 3; i++) {
                while (!isIn(number.get(), Nr.PPOLL)) {
                    assertThat(ready).isNotDone();
                    Thread.sleep(1);
                }
                assertThat(Kernel.raw(TGKILL, ProcessHandle.current().pid(), number.get(), WINCH)).isZero();
                assertThat(heard.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
            }
            SocketCalls.send(pair[1], new byte[] {1}, List.of());
            assertThat(ready.get(60, TimeUnit.SECONDS)).containsExactly(FileCalls.POLLIN);
        }
        finally {
            pair[1].close();
            waiting.join();
            pair[0].close();
            Signal.handle(new Signal("WINCH"), before);
        }
    }

    private static boolean isIn(long thread, int call) throws IOException
    {
        return Files.readString(Path.of("/proc/self/task/" + thread + "/syscall")).startsWith(call + " ");
    }

    @Test
    void aFailureNamesCallObjectAndErrno()
    {
        assertThatThrownBy(() -> FileCalls.open("/does/not/exist", FileCalls.O_RDONLY, 0))
                .isInstanceOfSatisfying(ErrnoException.class, e -> {
                    assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                    assertThat(e).hasMessage("open /does/not/exist: no such file or directory");
                });
    }

    @Test
    void aStringWithANulNeverReachesTheKernel()
    {
        assertThatThrownBy(() -> FileCalls.open("/etc/passwd\0.jpg", FileCalls.O_RDONLY, 0))
                .isInstanceOf(BugException.class)
                .hasMessage("a string for the kernel holds a NUL byte: /etc/passwd?.jpg");
    }

    @Test
    void aClosedDescriptorHasNoNumberAndIsNotClosedAgain()
    {
        Fd fd = FileCalls.eventCounter();
        try (Fd next = inThePlaceOf(fd)) {
            fd.close();
            assertThat(Kernel.raw(Nr.FCNTL, next.raw(), 1, 0)).as("still open").isNotNegative();
        }
        assertThat(fd).hasToString("fd closed");
        assertThatThrownBy(fd::raw).isInstanceOf(IllegalStateException.class).hasMessage("this descriptor is closed");
        assertThatThrownBy(fd::release).isInstanceOf(IllegalStateException.class);
    }

    /** Closes it and opens another one with its number: the lowest that is free, unless a thread of the JVM's takes it or frees a lower one. */
    private static Fd inThePlaceOf(Fd fd)
    {
        int number = fd.raw();
        fd.close();
        List<Fd> others = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                Fd next = FileCalls.eventCounter();
                if (next.raw() == number) {
                    return next;
                }
                others.add(next);
            }
        }
        finally {
            others.forEach(Fd::close);
        }
        throw new AssertionError("nothing gets the number " + number + " again");
    }
}
