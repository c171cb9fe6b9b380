package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;

class ScratchTest
{
    private static Thread caller()
    {
        return Thread.ofPlatform().start(() -> ProcessCalls.affinity(0));
    }

    @Test
    void threadsThatHaveEndedGiveTheirMemoryBack() throws InterruptedException
    {
        int before = Scratch.held();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            threads.add(caller());
        }
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (Scratch.held() > before + 50) {
            assertThat(System.nanoTime()).as("nothing is given back").isLessThan(end);
            System.gc();
            LockSupport.parkNanos(10_000_000);
            // It is given back when the next thread comes.
            caller().join();
        }
    }

    @Test
    void whatIsTakenIsClearAndStaysWhereItIs()
    {
        try (Scratch scratch = Scratch.open()) {
            int first = scratch.bytes(new byte[] {1, 2, 3});
            int second = scratch.take(100_000);
            assertThat(scratch.copy(second, 100_000)).containsOnly(0);
            try (Scratch inner = Scratch.open()) {
                inner.bytes(new byte[] {4, 5});
            }
            assertThat(scratch.copy(first, 3)).containsExactly(1, 2, 3);
        }
    }
}
