package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcHandleTest
{
    @Test
    void aFolderThatOnlyLooksLikeProcIsRefused(@TempDir Path folder)
            throws IOException
    {
        Files.writeString(Files.createDirectory(folder.resolve("self")).resolve("status"), "Name:\tfake\n");
        assertThatThrownBy(() -> ProcHandle.open(folder.toString()))
                .isInstanceOf(HostException.class)
                .hasMessage(folder + " is not a proc file system");
    }

    @Test
    void magicLinksLeadNowhere()
    {
        assertThatThrownBy(() -> ProcHandle.host().read("self/root/etc/passwd", 100))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.is(Errno.ELOOP, Errno.EXDEV)).isTrue());
        assertThatThrownBy(() -> ProcHandle.host().read("../etc/passwd", 100))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EXDEV));
    }

    @Test
    void readingIsBounded()
    {
        assertThat(ProcHandle.host().read("self/status", 6)).isEqualTo("Name:\t");
    }

    @Test
    void namespaceLinksAreReadAndRootsFollowed()
    {
        assertThat(ProcHandle.host().readLink("self/ns/net")).matches("net:\\[\\d+]");
        assertThat(ProcHandle.host().follow("self/root").sameAs(FileCalls.stat("/"))).isTrue();
    }

    @Test
    void aCommandNameMayHoldAnything()
    {
        String text = "17 (a) R 1 (b) Z 3 17 17 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200";
        assertThat(ProcHandle.ProcessStat.parse(text)).isEqualTo(new ProcHandle.ProcessStat(17, 'Z', 3, 987654));
        assertThat(ProcHandle.ProcessStat.parse(text).dead()).isTrue();
        assertThat(ProcHandle.ProcessStat.parse(text.replace(") Z", ") S")).dead()).isFalse();
    }

    @Test
    void ourOwnProcessIsSeenAndAnImpossibleOneIsNot()
    {
        int pid = ProcessCalls.pid();
        assertThat(ProcHandle.host().process(pid)).hasValueSatisfying(stat -> {
            assertThat(stat.pid()).isEqualTo(pid);
            assertThat(stat.parent()).isEqualTo((int) ProcessHandle.current().parent().orElseThrow().pid());
            assertThat(stat.dead()).isFalse();
        });
        assertThat(ProcHandle.host().process(Integer.MAX_VALUE)).isEmpty();
    }
}
