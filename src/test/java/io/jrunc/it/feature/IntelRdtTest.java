package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code linux.intelRdt} where the machine has none; what it does where it is: {@code ResctrlTest}. Source: OCI config-linux.md#intelrdt. */
@ExtendWith(JruncExtension.class)
class IntelRdtTest
{
    @Test
    void withoutResctrlThereIsNoContainer(Jrunc jrunc, Bundle bundle)
    {
        assumeFalse(Host.capture("cat", "/proc/mounts").contains(" resctrl "), "needs a machine without resctrl");
        bundle.edit("/linux/intelRdt", rdt -> rdt.put("enableMonitoring", true)).process("true");
        jrunc.runBundle(jrunc.id("rdt"), bundle).expectExit(1).expectFailure("linux.intelRdt is set, but no resctrl file system is mounted");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
