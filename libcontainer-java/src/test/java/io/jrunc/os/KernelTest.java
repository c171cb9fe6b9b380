package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class KernelTest
{
    private static final int ROUNDS = 20_000;

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
