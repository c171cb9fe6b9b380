package io.jrunc.channel;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.SocketCalls;
import io.jrunc.plan.Op;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A launcher that does nothing, in a thread of our own: says hello, answers every step with success and empty results, and refuses to
 * clone. For the training run behind the AOT cache, which must go through the code of real commands and change nothing.
 */
public final class Rehearsal
{
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Rehearsal()
    {
    }

    /** A channel to such a launcher; its thread ends when the channel is closed. */
    public static Channel open(Hello hello)
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        Frame.send(pair[1], Frame.HELLO, 0, 0, List.of(), hello.payload());
        Thread.ofPlatform().daemon().start(() -> play(pair[1]));
        return Channel.over(pair[0], PATIENCE);
    }

    private static void play(Fd socket)
    {
        try (socket) {
            for (Optional<Frame> frame = Frame.receive(socket); frame.isPresent(); frame = Frame.receive(socket)) {
                frame.get().descriptors().forEach(Fd::close);
                if (frame.get().type() == Frame.BATCH) {
                    answer(socket, frame.get());
                }
            }
        }
        catch (ErrnoException | ChannelClosedException e) {
            // The engine has left: so do we.
        }
    }

    private static void answer(Fd socket, Frame batch)
    {
        ByteBuffer in = ByteBuffer.wrap(batch.payload()).order(ByteOrder.LITTLE_ENDIAN);
        int count = in.getInt();
        PayloadWriter out = new PayloadWriter().u32(count);
        for (int index = 0; index < count; index++) {
            int number = in.getShort();
            in.getShort();
            in.position(in.position() + 4 + in.getInt(in.position()));
            Op op = Arrays.stream(Op.values()).filter(each -> each.number() == number).findFirst().orElseThrow();
            if (op == Op.CLONE) {
                byte[] failure = new PayloadWriter().u32(index).u32(number).i(1).s("clone3").s("").s("a rehearsal").u32(index).bytes();
                Frame.send(socket, Frame.FAIL, batch.party(), batch.sequence(), List.of(), failure);
                return;
            }
            if (!op.results().isEmpty()) {
                out.u32(index).b(empty(op.results()));
            }
        }
        Frame.send(socket, Frame.REPLY, batch.party(), batch.sequence(), List.of(), out.bytes());
    }

    private static byte[] empty(String letters)
    {
        PayloadWriter out = new PayloadWriter();
        for (char letter : letters.toCharArray()) {
            switch (letter) {
                case 'i' -> out.i(0);
                case 's' -> out.s("");
                case 'b' -> out.b(new byte[0]);
                case 'l' -> out.l(List.of());
                default -> throw new IllegalArgumentException(letters);
            }
        }
        return out.bytes();
    }
}
