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
    private static final int USUAL = 4096;

    private ByteBuffer room = room(USUAL);

    private static ByteBuffer room(int bytes)
    {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A batch: the count, then each step with its number and the length of its arguments. What was written before is gone. */
    byte[] batch(List<Step> steps)
    {
        room = room.capacity() > USUAL ? room(USUAL) : room.clear();
        u32(steps.size());
        for (Step step : steps) {
            need(8);
            room.putShort((short) step.op().number()).putShort((short) 0);
            int at = room.position();
            room.putInt(0);
            step.encode(this);
            room.putInt(at, room.position() - at - 4);
        }
        return bytes();
    }

    byte[] bytes()
    {
        return Arrays.copyOf(room.array(), room.position());
    }

    private void need(int bytes)
    {
        if (room.remaining() < bytes) {
            ByteBuffer larger = room(Math.max(room.capacity() * 2, room.position() + bytes));
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
