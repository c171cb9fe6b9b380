package io.jrunc.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.OpenDescriptors;
import io.jrunc.os.SocketCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameTest
{
    private final Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);

    @AfterEach
    void close()
    {
        pair[0].close();
        pair[1].close();
    }

    @Test
    void aFrameArrivesAsItWasSent()
    {
        Frame.send(pair[0], Frame.BATCH, 2, 0xfffffff0, List.of(new SlotFd(64, pair[0]), new SlotFd(3, pair[1])), "text".getBytes(UTF_8));
        Frame frame = Frame.receive(pair[1]).orElseThrow();
        assertThat(frame.type()).isEqualTo(Frame.BATCH);
        assertThat(frame.party()).isEqualTo(2);
        assertThat(frame.sequence()).isEqualTo(0xfffffff0);
        assertThat(frame.slots()).containsExactly(64, 3);
        assertThat(frame.payload()).isEqualTo("text".getBytes(UTF_8));
        assertThat(FileCalls.stat(frame.descriptors().get(1)).sameAs(FileCalls.stat(pair[1]))).isTrue();
        frame.descriptors().forEach(Fd::close);
    }

    @Test
    void thePacketIsLaidOutAsFrameHeaderSaysIt()
    {
        Frame.send(pair[0], Frame.REFUSE, 1, 0x01020304, List.of(new SlotFd(5, pair[0])), new byte[] {9});
        SocketCalls.Message message = SocketCalls.receive(pair[1], 100);
        assertThat(message.bytes()).containsExactly(1, 2, 1, 1, 4, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 9);
        message.descriptors().forEach(Fd::close);
    }

    @Test
    void aLargePayloadTravelsAsSealedMemoryBehindTheDescriptors()
    {
        byte[] payload = new byte[Frame.INLINE + 1];
        payload[Frame.INLINE] = 42;
        Frame.send(pair[0], Frame.BATCH, 1, 1, List.of(new SlotFd(64, pair[0])), payload);
        Frame frame = Frame.receive(pair[1]).orElseThrow();
        assertThat(frame.payload()).isEqualTo(payload);
        assertThat(frame.descriptors()).as("the memory is read and closed").hasSize(1);
        frame.descriptors().forEach(Fd::close);
    }

    @Test
    void theLargestInlinePayloadNeedsNoMemory()
    {
        Frame.send(pair[0], Frame.BATCH, 1, 1, List.of(), new byte[Frame.INLINE]);
        SocketCalls.Message message = SocketCalls.receive(pair[1], 70_000);
        assertThat(message.descriptors()).isEmpty();
        assertThat(message.bytes()).hasSize(16 + Frame.INLINE);
    }

    @Test
    void memoryThatItsSenderCouldStillChangeIsRefused()
    {
        try (Fd unsealed = FileCalls.memory("test")) {
            FileCalls.write(unsealed, new byte[100]);
            SocketCalls.send(pair[0], header(1, Frame.REPLY, 0, 100, 1), List.of(unsealed));
        }
        refusesAndClosesAll();
    }

    @Test
    void memoryShorterThanItsFrameClaimsIsRefused()
    {
        try (Fd memory = FileCalls.sealedMemory("test", new byte[10])) {
            SocketCalls.send(pair[0], header(1, Frame.REPLY, 0, 100, 1), List.of(memory));
        }
        refusesAndClosesAll();
    }

    @Test
    void aFrameThatLiesAboutItselfIsRefused()
    {
        for (byte[] packet : List.of(
                new byte[] {1},
                new byte[15],
                header(2, Frame.REPLY, 0, 0, 0),
                header(1, Frame.REPLY, 0, 1, 0),
                header(1, Frame.REPLY, 0, -1, 0),
                header(1, Frame.REPLY, 0, Frame.LARGE + 1, 1),
                header(1, Frame.REPLY, 0, 0, 2),
                header(1, Frame.REPLY, 0, 10, 1),
                header(1, Frame.REPLY, 255, 0, 0),
                ByteBuffer.allocate(17).put(header(1, Frame.REPLY, 0, 0, 0)).array())) {
            SocketCalls.send(pair[0], packet, List.of());
            refusesAndClosesAll();
        }
    }

    @Test
    void moreDescriptorsThanSlotsAreRefusedAndClosed()
    {
        SocketCalls.send(pair[0], header(1, Frame.REPLY, 0, 0, 0), List.of(pair[0], pair[1]));
        refusesAndClosesAll();
    }

    @Test
    void theEndOfTheStreamIsNoFrame()
    {
        pair[0].close();
        assertThat(Frame.receive(pair[1])).isEmpty();
    }

    @Test
    void numbersAreThoseOfTheShim()
            throws IOException
    {
        String header = Files.readString(Stream.of("native-shim", "../native-shim").map(Path::of).filter(Files::isDirectory)
                .findFirst().orElseThrow().resolve("src/frame.h"));
        Map<String, Integer> shim = new TreeMap<>();
        Pattern.compile("^#define\\s+(FRAME_\\w+)\\s+(\\d+)\\s", Pattern.MULTILINE).matcher(header).results().forEach(m -> shim.put(m.group(1), Integer.parseInt(m.group(2))));
        Pattern.compile("^\\s+((?:FRAME|EVENT)_\\w+) = (\\d+),", Pattern.MULTILINE).matcher(header).results().forEach(m -> shim.put(m.group(1), Integer.parseInt(m.group(2))));
        assertThat(header).contains("#define FRAME_LARGE\t(64 * 1024 * 1024)");
        assertThat(Frame.LARGE).isEqualTo(64 * 1024 * 1024);
        assertThat(shim).containsAllEntriesOf(Map.of(
                "FRAME_VERSION", Frame.VERSION,
                "FRAME_INLINE", Frame.INLINE,
                "FRAME_FDS", Frame.DESCRIPTORS,
                "FRAME_HELLO", Frame.HELLO,
                "FRAME_REFUSE", Frame.REFUSE,
                "FRAME_BATCH", Frame.BATCH,
                "FRAME_REPLY", Frame.REPLY,
                "FRAME_FAIL", Frame.FAIL,
                "FRAME_EVENT", Frame.EVENT,
                "FRAME_LOG", Frame.LOG));
        assertThat(shim).containsEntry("FRAME_FORKED", Frame.FORKED)
                .containsEntry("EVENT_INIT_EXIT", 1).containsEntry("EVENT_EXECED", 2).containsEntry("EVENT_INIT_LOST", 3).containsEntry("EVENT_SIGNAL", 4);
        assertThat(shim.keySet().stream().filter(name -> name.startsWith("EVENT_"))).as("the engine knows every event").hasSize(4);
    }

    private static byte[] header(int version, int type, int descriptors, int length, int large)
    {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) version).put((byte) type).put((byte) 0).put((byte) descriptors).putInt(7).putInt(length).putInt(large).array();
    }

    private void refusesAndClosesAll()
    {
        long before = OpenDescriptors.count();
        assertThatThrownBy(() -> Frame.receive(pair[1])).isInstanceOf(ChannelClosedException.class).hasMessage("the other side sent a malformed frame");
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }
}
