package io.jrunc.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.os.Fd;
import io.jrunc.os.SocketCalls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenerTest
{
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final int SOCK_NONBLOCK = 04000;

    @TempDir
    private Path folder;
    private final List<Fd> callers = new ArrayList<>();
    private Listener listener;

    @BeforeEach
    void listen()
    {
        listener = listener(0, "socket");
    }

    @AfterEach
    void close()
    {
        callers.forEach(Fd::close);
        listener.close();
    }

    private Listener listener(int flags, String name)
    {
        Fd socket = SocketCalls.socket(SocketCalls.SOCK_SEQPACKET | flags);
        SocketCalls.bind(socket, folder.resolve(name).toString());
        SocketCalls.listen(socket, 16);
        return Listener.inherited(socket.release());
    }

    private void call(String name)
    {
        Fd caller = SocketCalls.socket(SocketCalls.SOCK_SEQPACKET);
        callers.add(caller);
        SocketCalls.connect(caller, folder.resolve(name).toString());
    }

    private static CompletableFuture<Boolean> atTheDoor(Listener listener)
    {
        CompletableFuture<Boolean> came = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> came.complete(cameTo(listener, LONG)));
        return came;
    }

    private static boolean cameTo(Listener listener, Duration patience)
    {
        Optional<Fd> caller = listener.accept(patience);
        caller.ifPresent(Fd::close);
        return caller.isPresent();
    }

    @Test
    void eachOfThoseWhoWaitGetsOne() throws Exception
    {
        List<CompletableFuture<Boolean>> waiting = List.of(atTheDoor(listener), atTheDoor(listener), atTheDoor(listener));
        waiting.forEach(one -> call("socket"));
        for (CompletableFuture<Boolean> one : waiting) {
            assertThat(one.get(2, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void whoeverStopsItWakesAll() throws Exception
    {
        List<CompletableFuture<Boolean>> waiting = List.of(atTheDoor(listener), atTheDoor(listener));
        listener.stop();
        for (CompletableFuture<Boolean> one : waiting) {
            assertThat(one.get(2, TimeUnit.MINUTES)).isFalse();
        }
        assertThat(cameTo(listener, LONG)).as("afterwards").isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, SOCK_NONBLOCK})
    void nobodyWaitsLongerThanHeWouldLike(int flags)
    {
        try (Listener other = listener(flags, "other")) {
            assertThat(cameTo(other, Duration.ZERO)).isFalse();
            assertThat(cameTo(other, Duration.ofMillis(50))).isFalse();
            call("other");
            assertThat(cameTo(other, Duration.ZERO)).isTrue();
            call("other");
            assertThat(cameTo(other, LONG)).isTrue();
        }
    }
}
