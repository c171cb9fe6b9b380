package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProcessCallsTest
{
    @Test
    void aSignalGoesToTheProcessOfTheDescriptorAndItsEndIsSeen()
            throws Exception
    {
        Process cat = new ProcessBuilder("cat").start();
        try (Fd process = ProcessCalls.open((int) cat.pid())) {
            assertThat(FileCalls.poll(Optional.of(Duration.ZERO), FileCalls.POLLIN, process)).containsExactly(0);
            assertThat(ProcessCalls.signal(process, 15)).isTrue();
            // Once it has been reaped too, the kernel adds POLLHUP.
            assertThat(FileCalls.poll(Optional.of(Duration.ofSeconds(20)), FileCalls.POLLIN, process)[0] & FileCalls.POLLIN).isNotZero();
            assertThat(cat.waitFor()).isEqualTo(128 + 15);
            assertThat(ProcessCalls.signal(process, 15)).as("reaped: gone is no error").isFalse();
        }
        assertThatThrownBy(() -> ProcessCalls.open((int) cat.pid()))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
    }

    @Test
    void aLimitOfAnotherProcessIsSet()
            throws Exception
    {
        Process cat = new ProcessBuilder("cat").start();
        try {
            ProcessCalls.limit((int) cat.pid(), 4, 0, 0);
            assertThat(ProcHandle.host().read(cat.pid() + "/limits", 65536)).containsPattern("Max core file size +0 +0 ");
        }
        finally {
            cat.destroyForcibly().waitFor();
        }
    }

    @Test
    void theAffinityHoldsAtLeastOneCpu()
    {
        int cpus = 0;
        for (byte part : ProcessCalls.affinity(0)) {
            cpus += Integer.bitCount(part & 0xff);
        }
        assertThat(cpus).isPositive();
    }
}
