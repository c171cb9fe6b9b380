package io.jrunc.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.os.LibSeccompKernel;
import org.junit.jupiter.api.Test;

class SeccompFactsTest
{
    @Test
    void namesAreThoseOfTheSpecificationSorted()
    {
        assertThat(SeccompFacts.actions()).hasSize(9).isSorted().contains("SCMP_ACT_KILL", "SCMP_ACT_NOTIFY");
        assertThat(SeccompFacts.operators()).hasSize(7).isSorted().contains("SCMP_CMP_MASKED_EQ");
        assertThat(SeccompFacts.architectures()).hasSize(23).isSorted().contains("SCMP_ARCH_X32", "SCMP_ARCH_LOONGARCH64");
        assertThat(SeccompFacts.knownFlags()).containsExactly("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
    }

    @Test
    void theKernelOfTheFloorTakesAllButTheNewestFlag()
    {
        assertThat(SeccompFacts.supportedFlags())
                .contains("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC")
                .isSubsetOf(SeccompFacts.knownFlags());
    }

    @Test
    void aBitThatNoKernelHasIsNotTaken()
    {
        assertThat(LibSeccompKernel.takesFlags(1L << 31)).isFalse();
    }

    @Test
    void theLibraryTellsItsVersion()
    {
        assumeTrue(SeccompFacts.libraryVersion().isPresent(), "needs: libseccomp.so.2");
        assertThat(SeccompFacts.libraryVersion().orElseThrow()).matches("2\\.\\d+\\.\\d+");
    }
}
