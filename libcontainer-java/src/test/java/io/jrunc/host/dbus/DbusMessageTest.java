package io.jrunc.host.dbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DbusMessageTest
{
    private static final DbusMessage START = DbusMessage.call(5, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
            "StartTransientUnit", "ssa(sv)a(sa(sv))", List.of("web.scope", "replace",
                    List.of(List.of("PIDs", Variant.u32s(List.of(42))), List.of("Delegate", Variant.flag(true)), List.of("MemoryMax", Variant.u64(-1)),
                            List.of("AllowedCPUs", Variant.bytes(new byte[] {(byte) 0x81, 1})),
                            List.of("DeviceAllow", new Variant("a(ss)", List.of(List.of("/dev/null", "rw"))))), List.of()));

    @Test
    void whatWasSentIsRead()
    {
        assertThat(DbusMessage.decode(START.encode())).isEqualTo(START);
    }

    /** Laid out by hand after the specification: what is written wrong on both sides would be read, too. */
    @Test
    void theBytesOfASmallCall()
    {
        byte[] bytes = DbusMessage.call(1, "a.b", "/", "c.d", "E", "yt", List.of(7L, 9L)).encode();
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(
                "6c010001" + "10000000" + "01000000" + "48000000"
                        + "01016f00" + "01000000" + "2f00" + "000000000000"
                        + "02017300" + "03000000" + "632e6400" + "00000000"
                        + "03017300" + "01000000" + "4500" + "000000000000"
                        + "06017300" + "03000000" + "612e6200" + "00000000"
                        + "08016700" + "02797400"
                        + "0700000000000000" + "0900000000000000");
    }

    @Test
    void everyTypeGoesThereAndBack()
    {
        List<Object> values = List.of(255L, -3L, 65535L, -70000L, 4294967295L, -5L, -1L, 2.5, true, "tëxt", "/a/b", "a{sv}",
                List.of(List.of("k", new Variant("v", new Variant("(iai)", List.of(1L, List.of(2L, 3L)))))), List.of());
        DbusMessage message = DbusMessage.call(1, "", "/", "", "M", "ynqiuxtdbsoga{sv}at", values);
        assertThat(DbusMessage.decode(message.encode()).body()).isEqualTo(values);
    }

    @Test
    void aTruncatedMessageIsNoMessage()
    {
        byte[] whole = START.encode();
        for (int length = DbusMessage.FIXED; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(DbusException.class).as("%d of %d bytes", length, whole.length).isThrownBy(() -> DbusMessage.decode(cut));
        }
    }

    /** Nothing that the other side says makes us read outside, or wait for what never comes. */
    @Test
    void anyDamagedByteIsAMessageOrARefusal()
    {
        byte[] whole = START.encode();
        for (int at = 0; at < whole.length; at++) {
            for (int value : new int[] {0, 1, 0x7f, 0xff}) {
                byte[] damaged = whole.clone();
                damaged[at] = (byte) value;
                try {
                    DbusMessage.size(damaged);
                    DbusMessage.decode(damaged);
                }
                catch (DbusException e) {
                    assertThat(e.kind()).isEqualTo(DbusException.Kind.NONSENSE);
                }
            }
        }
    }

    @Test
    void howLargeAMessageIsIsKnownBeforeItIsReceived()
    {
        byte[] start = Arrays.copyOf(START.encode(), DbusMessage.FIXED);
        assertThat(DbusMessage.size(start).whole()).isEqualTo(START.encode().length);
        start[7] = 0x7f;
        assertThat(DbusMessage.size(start).large()).isTrue();
        start[15] = (byte) 0xff;
        assertThat(DbusMessage.size(start).strange()).isTrue();
    }

    /** Each takes four bytes of the message and fifty of memory. */
    @Test
    void moreValuesThanAnybodyNeedsAreRefused()
    {
        List<Object> lists = java.util.Collections.nCopies(100_000, List.of());
        byte[] many = DbusMessage.call(1, "a.b", "/", "a.b", "X", "aau", List.of(lists)).encode();
        assertThatThrownBy(() -> DbusMessage.decode(many)).isInstanceOf(DbusException.class).hasMessageContaining("more than 20000 values");
        assertThat(DbusMessage.decode(many, head -> !head.types().equals("aau"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "(", "()", "(s", "a{vs}", "{ss}", "a{s}", "h", "z", "a{sss}"})
    void whatIsNoTypeIsRefused(String type)
    {
        assertThatThrownBy(() -> new Variant(type, "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aValueOfAnotherTypeIsRefused()
    {
        for (Variant wrong : List.of(new Variant("s", 1L), new Variant("y", 256L), new Variant("as", List.of(1L)), new Variant("(ss)", List.of("a")), new Variant("s", "a\0b"))) {
            DbusMessage message = DbusMessage.call(1, "", "/", "", "M", "v", List.of(wrong));
            assertThatThrownBy(message::encode).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void addressesOfBuses()
    {
        assertThat(BusAddress.parse("unix:path=/run/user/1000/bus").sockets()).containsExactly("/run/user/1000/bus");
        assertThat(BusAddress.parse("tcp:host=x;unix:abstract=/tmp/a%20b,guid=12;unix:guid=1,path=/x%2").sockets()).containsExactly("@/tmp/a b", "/x%2");
        assertThat(BusAddress.parse("unix:runtime=yes").sockets()).isEmpty();
        assertThat(BusAddress.parse("unix:path=/tm%c3%a4").sockets()).containsExactly(new String("/tmä".getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }
}
