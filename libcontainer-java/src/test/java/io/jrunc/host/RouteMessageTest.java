package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against what {@code ip} of iproute2 6.1 sends and gets, as strace showed it on a little endian machine. */
class RouteMessageTest
{
    private static final HexFormat HEX = HexFormat.of();

    private static byte[] hex(String text)
    {
        return HEX.parseHex(text.replaceAll("\\s+", ""));
    }

    @BeforeEach
    void littleEndian()
    {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "needs a little endian machine");
    }

    @Test
    void aDeviceIsLookedForByItsName()
    {
        // ip link show dev lo
        assertThat(RouteMessage.link(RouteMessage.GETLINK, RouteMessage.REQUEST, 0x6b04b32d, 0, 0, 0).with(29, 9).with(3, "lo").encode()).isEqualTo(hex("""
                30 00 00 00 12 00 01 00  2d b3 04 6b 00 00 00 00
                00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
                08 00 1d 00 09 00 00 00  07 00 03 00 6c 6f 00 00"""));
    }

    @Test
    void anAddressIsAddedWithEverythingThatDescribesIt()
    {
        // ip addr add 10.1.2.3/24 brd 10.1.2.255 dev a1
        byte[] message = RouteMessage.address(RouteMessage.NEWADDR, RouteMessage.REQUEST | RouteMessage.ACK | RouteMessage.CREATE | RouteMessage.EXCLUSIVE,
                0x6b04b368, 2, 24, 0, 0, 3)
                .with(2, new byte[] {10, 1, 2, 3}).with(4, new byte[] {10, 1, 2, (byte) 255}).with(1, new byte[] {10, 1, 2, 3}).encode();
        assertThat(message).isEqualTo(hex("""
                30 00 00 00 14 00 05 06  68 b3 04 6b 00 00 00 00
                02 18 00 00 03 00 00 00  08 00 02 00 0a 01 02 03
                08 00 04 00 0a 01 02 ff  08 00 01 00 0a 01 02 03"""));
    }

    @Test
    void answersAreTakenApart()
    {
        byte[] done = hex("14 00 00 00 03 00 02 00  07 00 00 00 01 00 00 00  00 00 00 00");
        byte[] error = hex("24 00 00 00 02 00 00 00  08 00 00 00 01 00 00 00  ed ff ff ff 34 00 00 00  10 00 05 00 08 00 00 00  00 00 00 00");
        byte[] both = new byte[done.length + error.length];
        System.arraycopy(done, 0, both, 0, done.length);
        System.arraycopy(error, 0, both, done.length, error.length);
        List<RouteMessage.Answer> answers = RouteMessage.parse(both);
        assertThat(answers).extracting(RouteMessage.Answer::type).containsExactly(RouteMessage.DONE, RouteMessage.ERROR);
        assertThat(answers).extracting(RouteMessage.Answer::sequence).containsExactly(7, 8);
        assertThat(answers.get(1).errno()).isEqualTo(19);
        RouteMessage.Answer link = RouteMessage.parse(hex("""
                2c 00 00 00 10 00 00 00  01 00 00 00 00 00 00 00
                00 00 04 03 01 00 00 00  49 00 01 00 00 00 00 00
                07 00 03 00 6c 6f 00 00  04 00 34 80""")).getFirst();
        assertThat(link.payload().getInt(4)).isEqualTo(1);
        assertThat(link.attributes(RouteMessage.LINK_HEADER)).containsOnlyKeys(3, 0x34).containsEntry(3, new byte[] {'l', 'o', 0});
    }

    @Test
    void lengthsThatLieAreRefused()
    {
        assertThatThrownBy(() -> RouteMessage.parse(hex("ff 00 00 00 03 00 02 00  07 00 00 00 01 00 00 00"))).hasMessageContaining("broken message of 255");
        RouteMessage.Answer link = RouteMessage.parse(hex("""
                24 00 00 00 10 00 00 00  01 00 00 00 00 00 00 00
                00 00 04 03 01 00 00 00  49 00 01 00 00 00 00 00
                40 00 03 00""")).getFirst();
        assertThatThrownBy(() -> link.attributes(RouteMessage.LINK_HEADER)).hasMessageContaining("broken attribute of 64");
        RouteMessage message = RouteMessage.link(RouteMessage.NEWLINK, 0, 1, 1, 0, 0);
        assertThatThrownBy(() -> message.with(3, new byte[70000])).hasMessageContaining("70000 bytes");
    }

    @Test
    void theKernelTellsOfTheLoopbackDevice()
    {
        assertThat(NetDevices.devices()).containsKey("lo");
    }
}
