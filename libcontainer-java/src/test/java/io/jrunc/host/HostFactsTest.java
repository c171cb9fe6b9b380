package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.os.ProcessCalls;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostFactsTest
{
    @Test
    void onlyTheInitialUserNamespaceMapsEveryIdToItself()
    {
        assertThat(HostFacts.wholeRange("         0          0 4294967295\n")).isTrue();
        assertThat(HostFacts.wholeRange("         0     100000 4294967295\n")).isFalse();
        assertThat(HostFacts.wholeRange("         0          0      65536\n")).isFalse();
        assertThat(HostFacts.wholeRange("0 0 1000\n1000 1000 4294966295\n")).isFalse();
        assertThat(HostFacts.wholeRange("")).isFalse();
    }

    @Test
    void aFieldIsFoundByItsWholeName()
    {
        String status = "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t3\n";
        assertThat(HostFacts.field(status, "Seccomp:")).isEqualTo("2");
        assertThat(HostFacts.field(status, "Seccomp_filters:")).isEqualTo("3");
        assertThat(HostFacts.field(status, "CapBnd:")).as("a kernel without it").isEqualTo("0");
        assertThat(HostFacts.fields(status, List.of("Seccomp:", "CapBnd:", "Seccomp_filters:"))).containsExactly("2", "0", "3");
        assertThat(HostFacts.fields(status, List.of("Seccomp_filters:", "Seccomp:"))).as("in another order").containsExactly("3", "2");
    }

    @Test
    void theKindsOfNamespacesAreThoseOfTheKernel()
    {
        List<String> present = Arrays.stream(new File("/proc/self/ns").list()).filter(name -> !name.endsWith("_for_children")).toList();
        assertThat(HostFacts.here().namespaces()).containsExactlyInAnyOrderElementsOf(present);
    }

    @Test
    void thisMachineIsDescribed()
    {
        HostFacts here = HostFacts.here();
        assertThat(here.euid()).isEqualTo(ProcessCalls.effectiveUid());
        assertThat(here.lastCapability()).as("CAP_CHECKPOINT_RESTORE came with Linux 5.9").isGreaterThanOrEqualTo(40);
        assertThat(here).isSameAs(HostFacts.here());
    }
}
