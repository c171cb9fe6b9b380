package io.jrunc.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

class JournalTest
{
    private static final List<Journal.Entry> ENTRIES = List.of(
            new Journal.Entry.Cgroup(Map.of("", "/sys/fs/cgroup/web")),
            new Journal.Entry.Unit("jrunc-web.scope", "jrunc container web", "unix:path=/run/user/1000/bus"),
            new Journal.Entry.CgroupParent("/sys/fs/cgroup/a"),
            new Journal.Entry.Init(42, 4711),
            new Journal.Entry.ResctrlGroup("/sys/fs/resctrl/web"),
            new Journal.Entry.PidFile("/run/web.pid"));

    private static byte[] text()
    {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ENTRIES.forEach(entry -> out.writeBytes(Journal.line(entry)));
        return out.toByteArray();
    }

    @Test
    void whatWasWrittenIsRead()
    {
        assertThat(Journal.parse(text())).isEqualTo(ENTRIES);
    }

    /** A crash may cut the last line anywhere; what it announced was not begun. */
    @Test
    void aLineThatWasCutOffIsIgnored()
    {
        byte[] whole = text();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            int lines = (int) new String(cut).chars().filter(c -> c == '\n').count();
            assertThat(Journal.parse(cut)).hasSizeBetween(lines, lines + 1).isEqualTo(ENTRIES.subList(0, Journal.parse(cut).size()));
        }
    }
}
