package io.jrunc.channel;

import io.jrunc.error.BugException;
import io.jrunc.plan.Step;
import io.jrunc.plan.StepWriter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A payload being written: little endian, strings and bytes with their length in front. */
final class PayloadWriter implements StepWriter
{
    private ByteBuffer room = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    /** A batch: the count, then each step with its number and the length of its arguments. */
    static byte[] batch(List<Step> steps)
    {
        PayloadWriter writer = new PayloadWriter();
        writer.u32(steps.size());
        for (Step step : steps) {
            writer.need(8);
            writer.room.putShort((short) step.op().number()).putShort((short) 0);
            int at = writer.room.position();
            writer.room.putInt(0);
            step.encode(writer);
            writer.room.putInt(at, writer.room.position() - at - 4);
        }
        return writer.bytes();
    }

    byte[] bytes()
    {
        return Arrays.copyOf(room.array(), room.position());
    }

    private void need(int bytes)
    {
        if (room.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(room.capacity() * 2, room.position() + bytes)).order(ByteOrder.LITTLE_ENDIAN);
            larger.put(room.flip());
            room = larger;
        }
    }

    PayloadWriter u32(int value)
    {
        need(4);
        room.putInt(value);
        return this;
    }

    @Override
    public PayloadWriter i(long value)
    {
        need(8);
        room.putLong(value);
        return this;
    }

    /** @throws BugException when the text holds a NUL: the shim would see another one */
    @Override
    public PayloadWriter s(String value)
    {
        if (value.indexOf('\0') >= 0) {
            throw new BugException("a string for the shim holds a NUL byte");
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        need(bytes.length + 5);
        room.putInt(bytes.length).put(bytes).put((byte) 0);
        return this;
    }

    @Override
    public PayloadWriter b(byte[] value)
    {
        need(value.length + 4);
        room.putInt(value.length).put(value);
        return this;
    }

    @Override
    public PayloadWriter l(List<String> values)
    {
        u32(values.size());
        values.forEach(this::s);
        return this;
    }

    @Override
    public PayloadWriter f(int slot)
    {
        return i(slot);
    }
}
