package io.jrunc.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamespaceCallsTest
{
    private static final long CLONE_NEWNET = 0x40000000;

    @Test
    void theKernelNamesTheKindOfANamespace()
    {
        try (Fd net = FileCalls.open("/proc/self/ns/net", FileCalls.O_RDONLY, 0); Fd none = FileCalls.open("/", FileCalls.O_RDONLY, 0)) {
            assertThat(NamespaceCalls.type(net)).isEqualTo(CLONE_NEWNET);
            assertThatThrownBy(() -> NamespaceCalls.type(none))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTTY));
        }
    }

    @Test
    void aVisitHappensOnAThreadOfItsOwn()
    {
        Thread visitor = NamespaceCalls.visit(List.of(), Thread::currentThread);
        assertThat(visitor).isNotSameAs(Thread.currentThread());
        assertThat(visitor.isAlive()).isFalse();
    }

    @Test
    void whatAVisitThrowsComesOut()
    {
        assertThatThrownBy(() -> NamespaceCalls.visit(List.of(), () -> {
            throw new ErrnoException("openat2", "x", Errno.ENOENT);
        })).isInstanceOf(ErrnoException.class).hasMessage("openat2 x: no such file or directory");
    }

    @Test
    void aVisitToOurOwnMountNamespaceSeesTheSameRoot()
    {
        assumeTrue(ProcessCalls.effectiveUid() == 0, "needs: root");
        FileCalls.Stat root = FileCalls.stat("/");
        try (Fd mounts = FileCalls.open("/proc/self/ns/mnt", FileCalls.O_RDONLY, 0)) {
            assertThat(NamespaceCalls.visit(List.of(mounts), () -> FileCalls.stat("/"))).isEqualTo(root);
        }
    }
}
