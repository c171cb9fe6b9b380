package io.jrunc.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ArrayList;
import java.util.Map;

/**
 * Messages of rtnetlink(7), as they are sent and as they come back. Numbers are in the machine's order, lengths checked:
 * an attribute that does not fit its 16 bits must not become another one (CVE-2021-43784).
 */
final class RouteMessage
{
    static final int NEWLINK = 16;
    static final int GETLINK = 18;
    static final int NEWADDR = 20;
    static final int GETADDR = 22;
    static final int ERROR = 2;
    static final int DONE = 3;

    static final int REQUEST = 1;
    static final int ACK = 4;
    static final int DUMP = 0x300;
    static final int EXCLUSIVE = 0x200;
    static final int CREATE = 0x400;

    static final int LINK_HEADER = 16;
    static final int ADDRESS_HEADER = 8;

    private static final int HEADER = 16;
    private static final int ATTRIBUTE = 4;
    /** NLA_F_NESTED and NLA_F_NET_BYTEORDER stand beside an attribute's number. */
    private static final int NUMBER = 0x3fff;
    private static final int ROOM = 8192;

    private final ByteBuffer bytes = ByteBuffer.allocate(ROOM).order(ByteOrder.nativeOrder());

    private RouteMessage(int type, int flags, int sequence)
    {
        bytes.putInt(0).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(0);
    }

    /** @param index 0 = by name; @param flags, change IFF_* bits, and which of them are meant */
    static RouteMessage link(int type, int flags, int sequence, int index, int interfaceFlags, int change)
    {
        RouteMessage message = new RouteMessage(type, flags, sequence);
        message.bytes.put((byte) 0).put((byte) 0).putShort((short) 0).putInt(index).putInt(interfaceFlags).putInt(change);
        return message;
    }

    static RouteMessage address(int type, int flags, int sequence, int family, int prefix, int addressFlags, int scope, int index)
    {
        RouteMessage message = new RouteMessage(type, flags, sequence);
        message.bytes.put((byte) family).put((byte) prefix).put((byte) addressFlags).put((byte) scope).putInt(index);
        return message;
    }

    RouteMessage with(int attribute, String text)
    {
        return with(attribute, (text + "\0").getBytes(StandardCharsets.UTF_8));
    }

    RouteMessage with(int attribute, int value)
    {
        return with(attribute, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
    }

    RouteMessage with(int attribute, byte[] value)
    {
        if (ATTRIBUTE + value.length > bytes.remaining() - ATTRIBUTE) {
            throw new IllegalArgumentException("attribute " + attribute + " of " + value.length + " bytes");
        }
        bytes.putShort((short) (ATTRIBUTE + value.length)).putShort((short) attribute).put(value);
        while (bytes.position() % 4 != 0) {
            bytes.put((byte) 0);
        }
        return this;
    }

    byte[] encode()
    {
        bytes.putInt(0, bytes.position());
        byte[] whole = new byte[bytes.position()];
        bytes.get(0, whole);
        return whole;
    }

    /**
     * One message that came back.
     *
     * @param payload what follows the netlink header
     */
    record Answer(int type, int sequence, ByteBuffer payload)
    {
        /** errno; 0 = done. Of an {@link #ERROR} message. */
        int errno()
        {
            return -payload.getInt(0);
        }

        /** @param header bytes before the attributes; @return value by number, the first of each */
        Map<Integer, byte[]> attributes(int header)
        {
            Map<Integer, byte[]> found = new LinkedHashMap<>();
            int at = header;
            while (at + ATTRIBUTE <= payload.limit()) {
                int length = payload.getShort(at) & 0xffff;
                if (length < ATTRIBUTE || at + length > payload.limit()) {
                    throw new IllegalArgumentException("a broken attribute of " + length + " bytes");
                }
                byte[] value = new byte[length - ATTRIBUTE];
                payload.get(at + ATTRIBUTE, value);
                found.putIfAbsent(payload.getShort(at + 2) & NUMBER, value);
                at += length + 3 & ~3;
            }
            return found;
        }
    }

    /** The messages of one datagram. @throws IllegalArgumentException when it is malformed */
    static List<Answer> parse(byte[] datagram)
    {
        List<Answer> answers = new ArrayList<>();
        ByteBuffer all = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        int at = 0;
        while (at + HEADER <= datagram.length) {
            int length = all.getInt(at);
            if (length < HEADER || length > datagram.length - at) {
                throw new IllegalArgumentException("a broken message of " + length + " bytes");
            }
            answers.add(new Answer(all.getShort(at + 4) & 0xffff, all.getInt(at + 8),
                    all.slice(at + HEADER, length - HEADER).order(ByteOrder.nativeOrder())));
            at += length + 3 & ~3;
        }
        return answers;
    }
}
