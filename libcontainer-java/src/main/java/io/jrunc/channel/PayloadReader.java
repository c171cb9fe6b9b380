package io.jrunc.channel;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A payload being read. Every getter refuses to pass the end.
 *
 * <p><b>Errors</b>: {@link ChannelClosedException} for a malformed payload: nothing after it could be trusted.
 */
public final class PayloadReader
{
    private final ByteBuffer room;

    PayloadReader(byte[] bytes)
    {
        room = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private PayloadReader(ByteBuffer room)
    {
        this.room = room;
    }

    boolean atEnd()
    {
        return !room.hasRemaining();
    }

    int u32()
    {
        try {
            return room.getInt();
        }
        catch (BufferUnderflowException e) {
            throw malformed();
        }
    }

    public long i()
    {
        try {
            return room.getLong();
        }
        catch (BufferUnderflowException e) {
            throw malformed();
        }
    }

    public byte[] b()
    {
        byte[] bytes = new byte[length(0)];
        room.get(bytes);
        return bytes;
    }

    public String s()
    {
        byte[] bytes = new byte[length(1)];
        room.get(bytes);
        if (room.get() != 0) {
            throw malformed();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public List<String> l()
    {
        int count = u32();
        if (count < 0 || count > room.remaining() / 5) {
            throw malformed();
        }
        List<String> list = new ArrayList<>(count);
        for (int n = 0; n < count; n++) {
            list.add(s());
        }
        return list;
    }

    PayloadReader part(int length)
    {
        if (length < 0 || length > room.remaining()) {
            throw malformed();
        }
        ByteBuffer part = room.slice(room.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        room.position(room.position() + length);
        return new PayloadReader(part);
    }

    private int length(int extra)
    {
        int length = u32();
        if (length < 0 || length > room.remaining() - extra) {
            throw malformed();
        }
        return length;
    }

    private static ChannelClosedException malformed()
    {
        return new ChannelClosedException("the launcher sent a malformed frame");
    }
}
