package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.ProcHandle;
import io.jrunc.os.ProcessCalls;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostProcessTest
{
    private Process cat;
    private int pid;
    private long startTime;

    @BeforeEach
    void start()
            throws Exception
    {
        cat = new ProcessBuilder("cat").start();
        pid = (int) cat.pid();
        startTime = ProcHandle.host().process(pid).orElseThrow().startTime();
    }

    @AfterEach
    void stop()
            throws Exception
    {
        cat.destroyForcibly().waitFor();
    }

    @Test
    void aProcessIsFoundByPidAndTheMomentItStarted()
    {
        try (HostProcess found = HostProcess.find(pid, startTime).orElseThrow()) {
            assertThat(found.pid()).isEqualTo(pid);
            assertThat(found.startTime()).isEqualTo(startTime);
            assertThat(found.ended()).isFalse();
            assertThat(found.namespace("net")).isPresent();
        }
    }

    @Test
    void anotherProcessUnderTheSameNumberIsNotIt()
    {
        assertThat(HostProcess.find(pid, startTime + 1)).isEmpty();
        assertThat(HostProcess.find(0, startTime)).isEmpty();
        assertThat(HostProcess.find(-1, startTime)).isEmpty();
    }

    @Test
    void aProcessThatEndsIsSeenToEndAndNotFoundAgain()
            throws Exception
    {
        try (HostProcess found = HostProcess.find(pid, startTime).orElseThrow()) {
            assertThat(found.signal(9)).isTrue();
            assertThat(found.awaitEnd(Duration.ofSeconds(20))).isTrue();
            cat.waitFor();
            assertThat(found.signal(9)).isFalse();
            assertThat(found.namespace("net")).isEmpty();
        }
        assertThat(HostProcess.find(pid, startTime)).isEmpty();
    }

    @Test
    void theNumberOfAThreadIsNoProcess()
    {
        int[] threads = java.util.Arrays.stream(new java.io.File("/proc/self/task").list()).mapToInt(Integer::parseInt).filter(id -> id != ProcessCalls.pid()).toArray();
        assertThat(threads).isNotEmpty();
        assertThat(HostProcess.find(threads[0], startTime)).isEmpty();
    }

    @Test
    void takingOverAProcessThatHasGoneClosesItsDescriptor()
            throws Exception
    {
        Fd descriptor = ProcessCalls.open(pid);
        cat.destroyForcibly().waitFor();
        assertThatThrownBy(() -> HostProcess.of(pid, descriptor)).isInstanceOf(ErrnoException.class).hasMessage("open /proc/" + pid + "/stat: no such process");
        assertThat(descriptor.isOpen()).isFalse();
    }

    @Test
    void itsOomScoreIsSet()
            throws Exception
    {
        try (HostProcess found = HostProcess.find(pid, startTime).orElseThrow()) {
            found.oomScoreAdj(1000);
        }
        assertThat(java.nio.file.Path.of("/proc/" + pid + "/oom_score_adj")).hasContent("1000");
    }

    /** Until then its loader may hold the C library open, or it may not even be cat yet. */
    private void itRuns()
            throws Exception
    {
        cat.getOutputStream().write('.');
        cat.getOutputStream().flush();
        assertThat(cat.getInputStream().read()).isEqualTo('.');
    }

    @Test
    void whatItsStreamsLeadToIsTold()
            throws Exception
    {
        itRuns();
        try (HostProcess found = HostProcess.find(pid, startTime).orElseThrow()) {
            assertThat(found.descriptorNames(4)).satisfiesExactly(name -> assertThat(name).startsWith("pipe:["), name -> assertThat(name).startsWith("pipe:["),
                    name -> assertThat(name).startsWith("pipe:["), name -> assertThat(name).isEmpty());
        }
    }
}
