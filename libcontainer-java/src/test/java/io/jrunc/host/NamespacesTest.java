package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.SpecException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class NamespacesTest
{
    private static final long NET = 0x40000000;
    private static final long IPC = 0x08000000;
    private static final String PLACE = "linux.namespaces[0].path";

    @Test
    void aNamespaceOfTheRightKindIsOpened()
    {
        try (Fd fd = Namespaces.open("/proc/self/ns/net", NET, PLACE)) {
            assertThat(FileCalls.stat(fd).sameAs(FileCalls.stat("/proc/self/ns/net"))).isTrue();
        }
    }

    @Test
    void anotherKindIsAFaultOfTheConfig()
    {
        assertThatThrownBy(() -> Namespaces.open("/proc/self/ns/net", IPC, PLACE)).isInstanceOf(SpecException.class)
                .hasMessageContaining(PLACE + ": /proc/self/ns/net is not a namespace of this kind");
    }

    @Test
    void aPathWithNothingIsNamed()
    {
        assertThatThrownBy(() -> Namespaces.open("/no/such", NET, PLACE)).isInstanceOf(SpecException.class)
                .hasMessage(PLACE + ": cannot open the namespace /no/such: no such file or directory");
    }

    @Test
    @Timeout(60)
    void aFifoNeitherBlocksNorPasses(@TempDir Path folder)
    {
        try (Fd directory = FileCalls.open(folder.toString(), FileCalls.O_PATH, 0)) {
            FileCalls.mkfifoAt(directory, "fifo", 0600);
        }
        assertThatThrownBy(() -> Namespaces.open(folder + "/fifo", NET, PLACE)).isInstanceOf(SpecException.class)
                .hasMessageContaining("is not a namespace of this kind");
    }
}
