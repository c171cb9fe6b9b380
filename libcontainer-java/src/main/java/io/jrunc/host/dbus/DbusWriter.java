package io.jrunc.host.dbus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Values → bytes, little endian. Its start is aligned to 8. */
final class DbusWriter
{
    private ByteBuffer out = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);

    byte[] bytes()
    {
        return Arrays.copyOf(out.array(), out.position());
    }

    void align(int to)
    {
        while (out.position() % to != 0) {
            room(1).put((byte) 0);
        }
    }

    /** @throws IllegalArgumentException if the value is not of this type */
    void write(String type, Object value)
    {
        align(TypeString.alignment(type.charAt(0)));
        try {
            switch (type.charAt(0)) {
                case 'y' -> room(1).put((byte) within(value, 0, 0xff));
                case 'n' -> room(2).putShort((short) within(value, Short.MIN_VALUE, Short.MAX_VALUE));
                case 'q' -> room(2).putShort((short) within(value, 0, 0xffff));
                case 'i' -> room(4).putInt((int) within(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case 'u' -> room(4).putInt((int) within(value, 0, 0xffff_ffffL));
                case 'b' -> room(4).putInt((Boolean) value ? 1 : 0);
                case 'x', 't' -> room(8).putLong((Long) value);
                case 'd' -> room(8).putDouble((Double) value);
                case 's', 'o' -> text((String) value);
                case 'g' -> typeString((String) value);
                case 'v' -> {
                    Variant variant = (Variant) value;
                    typeString(variant.type());
                    write(variant.type(), variant.value());
                }
                case 'a' -> array(type.substring(1), (List<?>) value);
                default -> members(TypeString.members(type), (List<?>) value);
            }
        }
        catch (ClassCastException e) {
            throw new IllegalArgumentException(value + " is not of the D-Bus type " + type, e);
        }
    }

    private static long within(Object value, long least, long most)
    {
        long number = (Long) value;
        if (number < least || number > most) {
            throw new IllegalArgumentException(number + " is out of range");
        }
        return number;
    }

    private void text(String text)
    {
        byte[] bytes = plain(text);
        room(4).putInt(bytes.length);
        room(bytes.length + 1).put(bytes).put((byte) 0);
    }

    private void typeString(String types)
    {
        byte[] bytes = plain(types);
        if (bytes.length > 255) {
            throw new IllegalArgumentException("a D-Bus type of more than 255 characters");
        }
        room(bytes.length + 2).put((byte) bytes.length).put(bytes).put((byte) 0);
    }

    private static byte[] plain(String text)
    {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a text for D-Bus holds a NUL");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void array(String element, List<?> values)
    {
        int length = out.position();
        room(4).putInt(0);
        // The padding before the first element does not count, and is there without elements, too.
        align(TypeString.alignment(element.charAt(0)));
        int start = out.position();
        values.forEach(value -> write(element, value));
        out.putInt(length, out.position() - start);
    }

    private void members(List<String> types, List<?> values)
    {
        if (types.size() != values.size()) {
            throw new IllegalArgumentException(values + " has not the members " + types);
        }
        for (int i = 0; i < types.size(); i++) {
            write(types.get(i), values.get(i));
        }
    }

    private ByteBuffer room(int bytes)
    {
        if (out.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate((out.position() + bytes) * 2).order(ByteOrder.LITTLE_ENDIAN);
            out = larger.put(out.array(), 0, out.position());
        }
        return out;
    }
}
