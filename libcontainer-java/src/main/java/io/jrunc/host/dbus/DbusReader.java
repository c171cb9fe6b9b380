package io.jrunc.host.dbus;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Bytes → values. Every length is checked: the other end need not be honest. */
final class DbusReader
{
    private static final int DEEPEST = 64;
    /** An empty list takes four bytes of a message and fifty of memory. */
    private static final int MOST_VALUES = 20_000;

    private final ByteBuffer in;
    private int depth;
    private int values;

    DbusReader(byte[] bytes, ByteOrder order)
    {
        in = ByteBuffer.wrap(bytes).order(order);
    }

    int position()
    {
        return in.position();
    }

    /** Passes over the padding in between. @throws DbusException if the bytes end before */
    void alignTo8()
    {
        try {
            align(8);
        }
        catch (BufferUnderflowException e) {
            throw DbusException.nonsense("it is cut off");
        }
    }

    private void align(int to)
    {
        int rest = in.position() % to;
        if (rest != 0) {
            skip(to - rest);
        }
    }

    /** One value for each type of the string. @throws DbusException if the bytes are none of these */
    List<Object> readAll(String types)
    {
        try {
            return TypeString.split(types).stream().map(this::read).toList();
        }
        catch (BufferUnderflowException | IllegalArgumentException e) {
            throw DbusException.nonsense(e.getMessage() == null ? "it is cut off" : e.getMessage());
        }
    }

    private Object read(String type)
    {
        if (++values > MOST_VALUES) {
            throw new IllegalArgumentException("it has more than " + MOST_VALUES + " values");
        }
        align(TypeString.alignment(type.charAt(0)));
        return switch (type.charAt(0)) {
            case 'y' -> (long) (in.get() & 0xff);
            case 'n' -> (long) in.getShort();
            case 'q' -> (long) (in.getShort() & 0xffff);
            case 'i' -> (long) in.getInt();
            case 'u' -> in.getInt() & 0xffff_ffffL;
            case 'b' -> in.getInt() != 0;
            case 'x', 't' -> in.getLong();
            case 'd' -> in.getDouble();
            case 's', 'o' -> text(in.getInt());
            case 'g' -> text(in.get() & 0xff);
            case 'v' -> nested(() -> {
                String inner = text(in.get() & 0xff);
                if (TypeString.split(inner).size() != 1) {
                    throw new IllegalArgumentException("\"" + inner + "\" is not one type");
                }
                return new Variant(inner, read(inner));
            });
            case 'a' -> nested(() -> array(type.substring(1)));
            default -> nested(() -> TypeString.members(type).stream().map(this::read).toList());
        };
    }

    private Object nested(java.util.function.Supplier<Object> inner)
    {
        if (++depth > DEEPEST) {
            throw new IllegalArgumentException("it is nested too deeply");
        }
        Object value = inner.get();
        depth--;
        return value;
    }

    private String text(int length)
    {
        if (length < 0 || length >= in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes).get();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Object> array(String element)
    {
        int length = in.getInt();
        align(TypeString.alignment(element.charAt(0)));
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        int end = in.position() + length;
        List<Object> values = new ArrayList<>();
        while (in.position() < end) {
            values.add(read(element));
        }
        if (in.position() != end) {
            throw new IllegalArgumentException("an array's length is wrong");
        }
        return values;
    }

    private void skip(int bytes)
    {
        if (bytes > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + bytes);
    }
}
