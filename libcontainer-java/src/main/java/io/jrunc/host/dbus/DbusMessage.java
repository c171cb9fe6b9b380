package io.jrunc.host.dbus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One message.
 *
 * @param serial of this message, never 0
 * @param replySerial the call that is answered; 0 = this is no answer
 * @param path of the object; texts that a message does not have are empty
 * @param error its name, in an error
 * @param sender as the bus says it, whatever the sender says; empty where there is no bus
 * @param types of the body's values
 */
public record DbusMessage(Type type, long serial, long replySerial, String path, String iface, String member, String error, String destination,
        String sender, String types, List<Object> body)
{
    /** In the order of their numbers, from 1. */
    public enum Type
    {
        CALL, RETURN, ERROR, SIGNAL
    }

    /** Bytes that tell how long a message is. */
    static final int FIXED = 16;
    /** Bytes of a body that anybody waits for, and of the fields before it. */
    private static final int LARGEST = 1 << 20;
    private static final int MOST_FIELDS = 65536;

    private static final int PATH = 1;
    private static final int INTERFACE = 2;
    private static final int MEMBER = 3;
    private static final int ERROR_NAME = 4;
    private static final int REPLY_SERIAL = 5;
    private static final int DESTINATION = 6;
    private static final int SENDER = 7;
    private static final int SIGNATURE = 8;

    public DbusMessage
    {
        body = List.copyOf(body);
    }

    public static DbusMessage call(long serial, String destination, String path, String iface, String member, String types, List<Object> body)
    {
        return new DbusMessage(Type.CALL, serial, 0, path, iface, member, "", destination, "", types, body);
    }

    /** @throws IllegalArgumentException if the body is not what {@code types} says */
    public byte[] encode()
    {
        DbusWriter inner = new DbusWriter();
        List<String> each = TypeString.split(types);
        if (each.size() != body.size()) {
            throw new IllegalArgumentException(body + " is not of the D-Bus types " + types);
        }
        for (int i = 0; i < each.size(); i++) {
            inner.write(each.get(i), body.get(i));
        }
        byte[] bytes = inner.bytes();
        List<Object> fields = new ArrayList<>();
        field(fields, PATH, "o", path);
        field(fields, INTERFACE, "s", iface);
        field(fields, MEMBER, "s", member);
        field(fields, ERROR_NAME, "s", error);
        if (replySerial != 0) {
            fields.add(List.of((long) REPLY_SERIAL, new Variant("u", replySerial)));
        }
        field(fields, DESTINATION, "s", destination);
        field(fields, SENDER, "s", sender);
        field(fields, SIGNATURE, "g", types);
        DbusWriter out = new DbusWriter();
        for (long b : new long[] {'l', type.ordinal() + 1, 0, 1}) {
            out.write("y", b);
        }
        out.write("u", (long) bytes.length);
        out.write("u", serial);
        out.write("a(yv)", fields);
        out.align(8);
        byte[] header = out.bytes();
        byte[] whole = Arrays.copyOf(header, header.length + bytes.length);
        System.arraycopy(bytes, 0, whole, header.length, bytes.length);
        return whole;
    }

    private static void field(List<Object> fields, int code, String type, String value)
    {
        if (!value.isEmpty()) {
            fields.add(List.of((long) code, new Variant(type, value)));
        }
    }

    /**
     * How many bytes a message has.
     *
     * @param fields all before the body
     */
    record Size(long fields, long body)
    {
        /** So many fields nobody needs, who says something that we wait for. */
        boolean strange()
        {
            return fields > MOST_FIELDS;
        }

        boolean large()
        {
            return body > LARGEST;
        }

        long whole()
        {
            return fields + body;
        }
    }

    /**
     * The size of the message that begins so.
     *
     * @param start at least {@link #FIXED} bytes
     * @throws DbusException if no message begins so
     */
    static Size size(byte[] start)
    {
        ByteBuffer in = ByteBuffer.wrap(start).order(order(start));
        if (start[3] != 1) {
            throw DbusException.nonsense("protocol version " + start[3]);
        }
        long fields = in.getInt(12) & 0xffff_ffffL;
        return new Size(FIXED + (fields + 7 & -8), in.getInt(4) & 0xffff_ffffL);
    }

    private static ByteOrder order(byte[] start)
    {
        return switch (start[0]) {
            case 'l' -> ByteOrder.LITTLE_ENDIAN;
            case 'B' -> ByteOrder.BIG_ENDIAN;
            default -> throw DbusException.nonsense("it begins with " + start[0]);
        };
    }

    /** @throws DbusException if it is none, or of a type that does not concern us */
    public static DbusMessage decode(byte[] bytes)
    {
        return decode(bytes, head -> true).orElseThrow(() -> DbusException.nonsense("type " + bytes[1]));
    }

    /**
     * Reads the body only of what is wanted: others may say what they like.
     *
     * @param wanted looks at the message without its body, whose types are there
     * @return empty = it was not wanted, or is of a type that does not concern us
     * @throws DbusException if it is no message, or a wanted one whose body is wrong
     */
    static Optional<DbusMessage> decode(byte[] bytes, Predicate<DbusMessage> wanted)
    {
        DbusReader in = new DbusReader(bytes, order(bytes));
        List<Object> fixed = in.readAll("yyyyuua(yv)");
        int type = (int) (long) (Long) fixed.get(1);
        if (type < 1 || type > Type.values().length) {
            return Optional.empty();
        }
        String[] texts = new String[SIGNATURE + 1];
        Arrays.fill(texts, "");
        long replySerial = 0;
        for (Object each : (List<?>) fixed.get(6)) {
            List<?> field = (List<?>) each;
            int code = (int) (long) (Long) field.get(0);
            Object value = ((Variant) field.get(1)).value();
            if (code == REPLY_SERIAL && value instanceof Long serial) {
                replySerial = serial;
            }
            else if (code < texts.length && value instanceof String text) {
                texts[code] = text;
            }
        }
        DbusMessage head = new DbusMessage(Type.values()[type - 1], (Long) fixed.get(5), replySerial, texts[PATH], texts[INTERFACE], texts[MEMBER],
                texts[ERROR_NAME], texts[DESTINATION], texts[SENDER], texts[SIGNATURE], List.of());
        if (!wanted.test(head)) {
            return Optional.empty();
        }
        in.alignTo8();
        byte[] body = Arrays.copyOfRange(bytes, in.position(), bytes.length);
        return Optional.of(head.with(new DbusReader(body, order(bytes)).readAll(head.types())));
    }

    private DbusMessage with(List<Object> values)
    {
        return new DbusMessage(type, serial, replySerial, path, iface, member, error, destination, sender, types, values);
    }
}
