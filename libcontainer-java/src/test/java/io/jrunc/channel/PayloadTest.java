package io.jrunc.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.BugException;
import io.jrunc.plan.LauncherStep;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PayloadTest
{
    @Test
    void whatIsWrittenIsRead()
    {
        byte[] bytes = new PayloadWriter().i(Long.MIN_VALUE).s("grün").b(new byte[] {0, -1}).l(List.of("", "a b")).f(-1).bytes();
        PayloadReader in = new PayloadReader(bytes);
        assertThat(in.i()).isEqualTo(Long.MIN_VALUE);
        assertThat(in.s()).isEqualTo("grün");
        assertThat(in.b()).containsExactly(0, -1);
        assertThat(in.l()).containsExactly("", "a b");
        assertThat(in.i()).isEqualTo(-1);
        assertThat(in.atEnd()).isTrue();
    }

    @Test
    void aBatchIsLaidOutAsFrameHeaderSaysIt()
    {
        byte[] batch = new PayloadWriter().batch(List.of(new LauncherStep.Exit(3), new LauncherStep.Chdir("/a"), new LauncherStep.Subreaper()));
        assertThat(batch).containsExactly(
                3, 0, 0, 0,
                2, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
                8, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, '/', 'a', 0,
                5, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void noReaderPassesTheEndWhereverAPayloadIsCut()
    {
        byte[] whole = hello().payload();
        assertThat(Hello.parse(whole)).isEqualTo(hello());
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Hello.parse(cut)).as("cut after %d bytes", length).isInstanceOf(ChannelClosedException.class);
        }
    }

    @Test
    void aCountThatCannotFitIsRefusedBeforeRoomIsMadeForIt()
    {
        byte[] bytes = new PayloadWriter().u32(Integer.MAX_VALUE).bytes();
        assertThatThrownBy(() -> new PayloadReader(bytes).l()).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher sent a malformed frame");
        assertThatThrownBy(() -> new PayloadReader(bytes).b()).isInstanceOf(ChannelClosedException.class);
        assertThatThrownBy(() -> new PayloadReader(bytes).s()).isInstanceOf(ChannelClosedException.class);
    }

    @Test
    void aStringWithoutItsNulIsRefused()
    {
        byte[] bytes = new PayloadWriter().s("ab").bytes();
        bytes[bytes.length - 1] = 'c';
        assertThatThrownBy(() -> new PayloadReader(bytes).s()).isInstanceOf(ChannelClosedException.class);
    }

    @Test
    void aStringWithANulInsideIsNotSent()
    {
        assertThatThrownBy(() -> new PayloadWriter().s("a\0b")).isInstanceOf(BugException.class).hasMessage("a string for the shim holds a NUL byte");
    }

    @Test
    void aLauncherOfAnotherProtocolIsRefused()
    {
        byte[] other = hello().payload();
        other[0] = 2;
        assertThatThrownBy(() -> Hello.parse(other)).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher speaks protocol 2");
    }

    static Hello hello()
    {
        return new Hello("build", List.of("jrunc", "run", "web"), List.of("PATH=/bin"), "/bundle", 022, 1000, 1001, 100, 101, 4242, 5, 24, 80, 7, 2, 123456789L);
    }
}
