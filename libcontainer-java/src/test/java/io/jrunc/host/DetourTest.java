package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

class DetourTest
{
    @Test
    void whatIsFoundComesBackAndSoDoesAFailure()
    {
        assertThat(Detour.<String>take(() -> "/x", () -> false, () -> "found", late -> { })).isEqualTo("found");
        ErrnoException failure = new ErrnoException("open", "/x", 2);
        assertThatThrownBy(() -> Detour.take(() -> "/x", () -> false, () -> {
            throw failure;
        }, late -> { })).isSameAs(failure);
        StackOverflowError error = new StackOverflowError();
        assertThatThrownBy(() -> Detour.take(() -> "/x", () -> false, () -> {
            throw error;
        }, late -> { })).isSameAs(error);
    }

    @Test
    void whoDoesNotComeBackIsLeftWhenTheTimeIsUp()
    {
        left(false, Duration.ZERO, "/mnt/nfs: the file system did not answer within 0 s; is its server still there?");
    }

    @Test
    void whoDoesNotComeBackIsLeftWhenTheCallerHasGone()
    {
        left(true, Duration.ofDays(1), "the caller has gone, who named /mnt/nfs");
    }

    /** Only what may hang has a limit: a slow machine may think as long as it has to. */
    @Test
    void whoOnlyThinksHasNoLimit()
    {
        CountDownLatch looked = new CountDownLatch(3);
        assertThat(Detour.<String>take(() -> {
            looked.countDown();
            return "";
        }, Duration.ZERO, () -> false, () -> {
            awaitIt(looked);
            return "thought";
        }, late -> { })).isEqualTo("thought");
    }

    /** He counts until he comes back, and what he brings is put away. */
    private static void left(boolean gone, Duration limit, String message)
    {
        int before = Detour.lost();
        CountDownLatch server = new CountDownLatch(1);
        CompletableFuture<String> late = new CompletableFuture<>();
        assertThatThrownBy(() -> Detour.take(() -> "/mnt/nfs", limit, () -> gone, () -> {
            awaitIt(server);
            return "found";
        }, late::complete)).isInstanceOf(HostException.class).hasMessage(message);
        assertThat(Detour.lost()).isEqualTo(before + 1);
        server.countDown();
        assertThat(late.join()).isEqualTo("found");
        assertThat(Detour.lost()).isEqualTo(before);
    }

    private static void awaitIt(CountDownLatch latch)
    {
        try {
            latch.await();
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
