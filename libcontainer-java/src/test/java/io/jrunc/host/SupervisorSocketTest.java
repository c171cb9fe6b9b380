package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.host.SupervisorSocket.Word;
import io.jrunc.os.Fd;
import io.jrunc.os.OpenDescriptors;
import io.jrunc.os.SocketCalls;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SupervisorSocketTest
{
    private final Fd supervisor;
    private final SupervisorSocket ours;

    SupervisorSocketTest()
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_STREAM);
        supervisor = pair[0];
        ours = new SupervisorSocket(pair[1]);
    }

    @AfterEach
    void close()
    {
        supervisor.close();
        ours.close();
    }

    private void say(String text, Fd... descriptors)
    {
        SocketCalls.send(supervisor, text.getBytes(StandardCharsets.UTF_8), List.of(descriptors));
    }

    @Test
    void aWordMayComeInPieces()
    {
        assertThat(ours.heard()).isEmpty();
        say("st");
        assertThat(ours.heard()).isEmpty();
        say("art");
        assertThat(ours.heard()).contains(new Word.Start());
    }

    @Test
    void whatFollowsTheWordDoesNotMatter()
    {
        say("abort\nreally");
        assertThat(ours.heard()).contains(new Word.Abort());
    }

    @Test
    void theEndBeforeAWordIsNone()
    {
        say("star");
        supervisor.close();
        assertThat(ours.heard()).contains(new Word.Gone());
    }

    @Test
    void aWordBeforeTheEndCounts()
    {
        say("start");
        supervisor.close();
        assertThat(ours.heard()).contains(new Word.Start());
    }

    @Test
    void anotherWordIsKnownAtItsFirstWrongLetter()
    {
        say("sto");
        assertThat(ours.heard()).contains(new Word.Nonsense("sto"));
    }

    @Test
    void aDescriptorThatComesAlongIsClosed()
    {
        int before = OpenDescriptors.count();
        say("start", supervisor);
        assertThat(ours.heard()).contains(new Word.Start());
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    @Test
    void anUnreadMessageMakesTheEndNoError()
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_STREAM);
        try (SupervisorSocket other = new SupervisorSocket(pair[1])) {
            // Closed with our message unread, the connection is reset.
            SocketCalls.send(pair[1], new byte[] {1}, List.of());
            pair[0].close();
            assertThat(other.heard()).contains(new Word.Gone());
        }
    }
}
