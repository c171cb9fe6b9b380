package io.jrunc.criu;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

/** Numbers and types of fields, as images/rpc.proto of criu 4.2 has them. */
class CriuRequestTest
{
    /** Each field as {@code NUMBER=VALUE}: a number, a text, or the fields of a message in braces. */
    private static List<String> fields(byte[] message, int... messages) throws IOException
    {
        List<String> found = new ArrayList<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
                found.add(field + "=" + in.readInt64());
                continue;
            }
            byte[] bytes = in.readByteArray();
            boolean inner = java.util.Arrays.stream(messages).anyMatch(number -> number == field);
            found.add(field + "=" + (inner ? fields(bytes).toString() : new String(bytes, StandardCharsets.UTF_8)));
        }
        return found;
    }

    private static List<String> options(byte[] request) throws IOException
    {
        CodedInputStream in = CodedInputStream.newInstance(request);
        in.readTag();
        in.readEnum();
        in.readTag();
        return fields(in.readByteArray(), 11, 23, 25, 27, 39);
    }

    @Test
    void requestsHaveTheBytesThatCriuReads()
    {
        HexFormat hex = HexFormat.ofDelimiter(" ");
        assertThat(hex.formatHex(CriuRequest.version())).isEqualTo("08 0a 20 01");
        assertThat(hex.formatHex(CriuRequest.features(true, false))).isEqualTo("08 09 20 01 2a 04 08 01 10 00");
        assertThat(hex.formatHex(CriuRequest.noted(true))).isEqualTo("08 06 18 01");
        assertThat(hex.formatHex(CriuRequest.noted(false))).isEqualTo("08 06 18 00");
    }

    @Test
    void kindsOfRequestsAreTold() throws IOException
    {
        assertThat(fields(CriuRequest.dump(new CriuOptions(7)), 2)).startsWith("1=1");
        assertThat(fields(CriuRequest.restore(new CriuOptions(7)), 2)).startsWith("1=2");
        assertThat(fields(CriuRequest.preDump(new CriuOptions(7)), 2)).startsWith("1=4");
    }

    @Test
    void whatHoldsAlwaysIsTheImageDirectoryNotificationsTerminalsAndAnEmptyNetwork() throws IOException
    {
        assertThat(options(CriuRequest.dump(new CriuOptions(7)))).containsExactlyInAnyOrder("1=7", "12=1", "50=1", "38=" + 0x40000000);
    }

    @Test
    void everyOptionHasItsNumber() throws IOException
    {
        CriuOptions all = new CriuOptions(7).workDirectory(8).log("dump.log", 4).process(4711).root("/r").leaveRunning(true).externalUnixSockets(true)
                .tcpEstablished(true).tcpSkipInFlight(true).evasiveDevices().shellJob(true).fileLocks(true).linkRemap(true).autoDedup(true).lazyPages(true)
                .pageServer("192.0.2.1", 9876).parent("../before").cgroups(CriuOptions.CgroupMode.STRICT).cgroupRoot("memory", "/web").freezeCgroup("/f")
                .externalMount("/data", "/srv/data").external("net[1]:extRootNetNS").inherit("pipe:[12]", 1).join("uts", "/proc/1/ns/uts").sibling()
                .configFile(Optional.of("/etc/criu/runc.conf")).securityProfile("apparmor:web").mountContext("c");
        assertThat(options(CriuRequest.dump(all))).contains("17=8", "10=dump.log", "9=4", "2=4711", "13=/r", "3=1", "4=1", "5=1", "46=1", "6=1", "7=1", "8=1", "18=1",
                "16=1", "48=1", "11=[1=192.0.2.1, 2=9876]", "14=../before", "15=1", "24=1", "34=5", "25=[1=memory, 2=/web]", "44=/f", "23=[1=/data, 2=/srv/data]",
                "37=net[1]:extRootNetNS", "27=[1=pipe:[12], 2=1]", "39=[1=uts, 2=/proc/1/ns/uts]", "26=1", "51=/etc/criu/runc.conf", "53=apparmor:web", "63=c");
    }

    @Test
    void cgroupModesHaveTheirNumbers() throws IOException
    {
        List<Integer> numbers = List.of(0, 3, 4, 5, 6);
        for (CriuOptions.CgroupMode mode : CriuOptions.CgroupMode.values()) {
            assertThat(options(CriuRequest.dump(new CriuOptions(7).cgroups(mode)))).as("%s", mode).contains("34=" + numbers.get(mode.ordinal()));
        }
    }

    @Test
    void noConfigFileIsNoOption() throws IOException
    {
        assertThat(options(CriuRequest.dump(new CriuOptions(7).configFile(Optional.empty())))).noneMatch(field -> field.startsWith("51="));
    }
}
