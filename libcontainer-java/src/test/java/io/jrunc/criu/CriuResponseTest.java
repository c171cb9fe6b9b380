package io.jrunc.criu;

import io.jrunc.error.HostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Answers as criu 4.2 sends them, byte by byte. */
class CriuResponseTest
{
    private static CriuResponse parse(String hex)
    {
        return CriuResponse.parse(HexFormat.ofDelimiter(" ").parseHex(hex));
    }

    @Test
    void aVersionIsRead()
    {
        // type VERSION, success, version { major 4, minor 2, sublevel 1 }
        CriuResponse response = parse("08 0a 10 01 52 06 08 04 10 02 20 01");
        assertThat(response.type()).isEqualTo(CriuResponse.Type.VERSION);
        assertThat(response.success()).isTrue();
        assertThat(response.version()).contains(new CriuVersion(4, 2, 1, false));
    }

    @Test
    void aVersionBetweenTwoIsKnownByItsCommit()
    {
        // version { major 3, minor 14, gitid "v3" }
        assertThat(parse("08 0a 10 01 52 08 08 03 10 0e 1a 02 76 33").version()).contains(new CriuVersion(3, 14, 0, true));
    }

    @Test
    void aNotificationTellsTheMomentAndTheProcess()
    {
        // type NOTIFY, success, notify { script "post-dump", pid 300 }
        CriuResponse response = parse("08 06 10 01 2a 0e 0a 09 70 6f 73 74 2d 64 75 6d 70 10 ac 02");
        assertThat(response.type()).isEqualTo(CriuResponse.Type.NOTIFY);
        assertThat(response.script()).isEqualTo("post-dump");
        assertThat(response.pid()).isEqualTo(OptionalInt.of(300));
    }

    @Test
    void aFailureTellsItsNumberAndWords()
    {
        // type DUMP, no success, cr_errno 3, cr_errmsg "no"
        CriuResponse response = parse("08 01 10 00 38 03 4a 02 6e 6f");
        assertThat(response.success()).isFalse();
        assertThat(response.errno()).isEqualTo(3);
        assertThat(response.message()).isEqualTo("no");
    }

    @Test
    void featuresAreRead()
    {
        // features { mem_track 0, lazy_pages 1, pidfd_store 0 }
        assertThat(parse("08 09 10 01 42 06 08 00 10 01 18 00").features()).isEqualTo(new CriuResponse.Features(false, true));
    }

    @Test
    void whatIsNotKnownIsSkipped()
    {
        // field 200, a number; then type RESTORE, success, restore { pid 7, field 9 a text }
        CriuResponse response = parse("c0 0c 05 08 02 10 01 22 06 08 07 4a 02 61 62");
        assertThat(response.type()).isEqualTo(CriuResponse.Type.RESTORE);
        assertThat(response.pid()).isEqualTo(OptionalInt.of(7));
        assertThat(parse("08 63 10 01").type()).isEqualTo(CriuResponse.Type.OTHER);
    }

    @ParameterizedTest
    @CsvSource({"08", "2a 7f 01", "2a ff ff ff ff 0f", "0b"})
    void whatIsNoMessageIsRefused(String hex)
    {
        assertThatThrownBy(() -> parse(hex)).isInstanceOf(HostException.class).hasMessageStartingWith("criu's answer cannot be understood: ");
    }

    @ParameterizedTest
    @CsvSource({"3, 15, 0, false, true", "3, 14, 3, false, false", "3, 14, 0, true, true", "4, 0, 0, false, true", "2, 20, 0, false, false"})
    void versionsAreCompared(int major, int minor, int patch, boolean between, boolean enough)
    {
        assertThat(new CriuVersion(major, minor, patch, between).atLeast(3, 15)).isEqualTo(enough);
    }

    @Test
    void versionsAreWritten()
    {
        assertThat(new CriuVersion(3, 17, 1, false).text()).isEqualTo("3.17.1");
        assertThat(new CriuVersion(4, 2, 0, true).text()).isEqualTo("4.2 (and later changes)");
    }
}
