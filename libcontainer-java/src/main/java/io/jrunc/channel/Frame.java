package io.jrunc.channel;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One packet of the sync socket, as native-shim/src/frame.h has it.
 *
 * @param party addressee; on the way to the engine, the sender
 * @param sequence of the batch that this belongs to; 0 = none
 * @param slots for each descriptor its slot, or on the way back the index of its step
 */
record Frame(int type, int party, int sequence, int[] slots, List<Fd> descriptors, byte[] payload)
{
    static final int HELLO = 1;
    static final int REFUSE = 2;
    static final int BATCH = 3;
    static final int REPLY = 4;
    static final int FAIL = 5;
    static final int EVENT = 6;
    static final int LOG = 7;
    static final int FORKED = 9;
    static final int QUIET = 11;

    static final int VERSION = 1;
    static final int INLINE = 61440;
    static final int LARGE = 64 << 20;
    static final int DESCRIPTORS = 240;

    private static final int HEADER = 16;
    private static final int SEALED = 2 | 4 | 8;

    /** Sends a frame; its descriptors stay the caller's. A payload over {@link #INLINE} goes as a sealed memory file. */
    static void send(Fd socket, int type, int party, int sequence, List<SlotFd> slots, byte[] payload)
    {
        if (payload.length > LARGE || slots.size() > DESCRIPTORS) {
            throw new IllegalArgumentException("a frame of " + payload.length + " bytes with " + slots.size() + " descriptors");
        }
        boolean large = payload.length > INLINE;
        ByteBuffer packet = ByteBuffer.allocate(HEADER + 4 * slots.size() + (large ? 0 : payload.length)).order(ByteOrder.LITTLE_ENDIAN);
        packet.put((byte) VERSION).put((byte) type).put((byte) party).put((byte) slots.size());
        packet.putInt(sequence).putInt(payload.length).putInt(large ? 1 : 0);
        List<Fd> descriptors = new ArrayList<>();
        for (SlotFd slot : slots) {
            packet.putInt(slot.slot());
            descriptors.add(slot.fd());
        }
        if (!large) {
            packet.put(payload);
            SocketCalls.send(socket, packet.array(), descriptors);
            return;
        }
        try (Fd memory = FileCalls.sealedMemory("jrunc-frame", payload)) {
            descriptors.add(memory);
            SocketCalls.send(socket, packet.array(), descriptors);
        }
    }

    /**
     * Receives one frame. Its descriptors are the receiver's to close.
     *
     * @return empty = end of stream
     * @throws ChannelClosedException when it is malformed; its descriptors are closed then
     */
    static Optional<Frame> receive(Fd socket)
    {
        SocketCalls.Message message = SocketCalls.receive(socket, HEADER + 4 * DESCRIPTORS + INLINE);
        if (message.bytes().length == 0 && message.descriptors().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(message));
        }
        catch (RuntimeException | Error e) {
            message.descriptors().forEach(Fd::close);
            throw e;
        }
    }

    private static Frame parse(SocketCalls.Message message)
    {
        ByteBuffer packet = ByteBuffer.wrap(message.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        check(!message.truncated() && packet.remaining() >= HEADER);
        int version = packet.get() & 0xff;
        int type = packet.get() & 0xff;
        int party = packet.get() & 0xff;
        int count = packet.get() & 0xff;
        int sequence = packet.getInt();
        int length = packet.getInt();
        int large = packet.getInt();
        check(version == VERSION && (large == 0 || large == 1) && length >= 0 && length <= LARGE);
        check(message.descriptors().size() == count + large && packet.remaining() == 4 * count + (large == 1 ? 0 : length));
        int[] slots = new int[count];
        for (int n = 0; n < count; n++) {
            slots[n] = packet.getInt();
        }
        byte[] payload = new byte[length];
        if (large == 0) {
            packet.get(payload);
        }
        else {
            try (Fd memory = message.descriptors().removeLast()) {
                check((FileCalls.seals(memory) & SEALED) == SEALED);
                FileCalls.rewind(memory);
                payload = FileCalls.read(memory, length);
                check(payload.length == length);
            }
        }
        return new Frame(type, party, sequence, slots, message.descriptors(), payload);
    }

    private static void check(boolean right)
    {
        if (!right) {
            throw new ChannelClosedException("the other side sent a malformed frame");
        }
    }
}
