package io.jrunc.channel;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.jrunc.error.StepException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.OpenDescriptors;
import io.jrunc.os.SocketCalls;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.plan.Step;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Whatever a launcher sends, the engine's end of the socket reads it or ends the conversation, and keeps no descriptor.
 *
 * <p>An input is a row of packets, each begun by the byte "how many descriptors", bit 7 of it "the last one is sealed memory", and
 * two bytes of length. In an ordinary run each file under {@code resources/io/jrunc/channel/ProtocolFuzzTestInputs} is tried
 * once. With {@code JAZZER_FUZZ=1} new ones are made from them for the time that is given here; {@code scripts/test} does.
 */
class ProtocolFuzzTest
{
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** What the socket takes before anybody reads; more would block us. */
    private static final int PACKETS = 16;
    private static final int ROOM = 8192;
    private static final List<Step> STEPS = List.of(new LauncherStep.Subreaper(), new LauncherStep.Subreaper());
    /** Letters of results, as a step might read them. */
    private static final String LETTERS = "isblisbl";

    @FuzzTest(maxDuration = "15s")
    void packets(byte[] input)
    {
        try (Fd memory = FileCalls.sealedMemory("fuzz", new byte[100])) {
            int before = OpenDescriptors.count();
            converse(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN), memory);
            assertThat(OpenDescriptors.count()).as("descriptors").isEqualTo(before);
        }
        try {
            Channel.reported(input);
        }
        catch (ChannelClosedException e) {
            // A report that is none.
        }
    }

    private static void converse(ByteBuffer input, Fd memory)
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        try (Fd launcher = pair[1]) {
            sendAll(input, launcher, memory);
            try (Channel channel = Channel.over(pair[0], PATIENCE)) {
                long first = channel.post(Party.LAUNCHER, STEPS, List.of());
                long second = channel.post(Party.INIT, STEPS, List.of());
                // A socket that is closed with something unread in it takes its own frames away from the other side.
                SocketCalls.receive(launcher, ROOM);
                SocketCalls.receive(launcher, ROOM);
                launcher.close();
                for (long number : List.of(first, second)) {
                    answer(channel, number);
                }
                while (true) {
                    if (channel.nextEvent(Deadline.after(PATIENCE)) instanceof Event.Forked forked) {
                        forked.process().close();
                    }
                }
            }
        }
        catch (ChannelClosedException e) {
            // Every conversation ends so.
        }
    }

    private static void sendAll(ByteBuffer input, Fd launcher, Fd memory)
    {
        int packets = 0;
        do {
            int descriptors = input.hasRemaining() ? input.get() : 0;
            int length = input.remaining() < 2 ? 0 : input.getShort() & 0xffff;
            byte[] packet = new byte[Math.min(Math.min(length, ROOM), input.remaining())];
            input.get(packet);
            List<Fd> fds = new ArrayList<>(Collections.nCopies(descriptors & 3, memory));
            if (descriptors < 0) {
                fds.add(memory);
            }
            SocketCalls.send(launcher, packet, fds);
        }
        while (input.hasRemaining() && ++packets < PACKETS);
    }

    private static void answer(Channel channel, long number)
    {
        try {
            Reply reply = channel.await(number, Deadline.after(PATIENCE));
            for (int index = 0; index < STEPS.size(); index++) {
                reply.descriptor(index).ifPresent(Fd::close);
            }
            for (int index = 0; index < STEPS.size(); index++) {
                reply.results(index).ifPresent(ProtocolFuzzTest::read);
            }
        }
        catch (StepException | InitGoneException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static void read(PayloadReader results)
    {
        for (char letter : LETTERS.toCharArray()) {
            switch (letter) {
                case 'i' -> results.i();
                case 's' -> results.s();
                case 'b' -> results.b();
                default -> results.l();
            }
        }
    }
}
