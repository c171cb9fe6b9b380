package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.os.Fd;
import io.jrunc.os.ProcessCalls;
import java.io.File;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClientIdentityTest
{
    private static final int UID = ProcessCalls.effectiveUid();

    @Test
    void ourOwnChildIsOurEqual()
            throws Exception
    {
        assertThat(refusal(List.of("cat"))).isEmpty();
    }

    @Test
    void anotherUserAndAnInvisibleProcessAreNot()
    {
        try (Fd ourselves = ProcessCalls.open(ProcessCalls.pid())) {
            assertThat(ClientIdentity.refusal(ProcessCalls.pid(), UID + 1, Optional.of(ourselves))).hasValue("it belongs to another user");
            assertThat(ClientIdentity.refusal(0, UID, Optional.of(ourselves))).hasValue("it is in another pid namespace");
            assertThat(ClientIdentity.refusal(Integer.MAX_VALUE, UID, Optional.of(ourselves)))
                    .hasValueSatisfying(reason -> assertThat(reason).startsWith("it cannot be looked at: "));
        }
    }

    @Test
    void aProcessWhoseNumberAnEqualHasNowIsNot()
            throws Exception
    {
        assertThat(ClientIdentity.refusal(ProcessCalls.pid(), UID, Optional.empty())).hasValue("it has ended");
        Process gone = new ProcessBuilder("sleep", "60").start();
        try (Fd process = ProcessCalls.open((int) gone.pid())) {
            gone.destroyForcibly().waitFor();
            assertThat(ClientIdentity.refusal(ProcessCalls.pid(), UID, Optional.of(process))).hasValue("it has ended");
        }
    }

    @Test
    void aProcessThatGaveUpGainingPrivilegesIsNot()
            throws Exception
    {
        assertThat(refusal(List.of("setpriv", "--no-new-privs", "cat"))).isEqualTo("it has other privileges (NoNewPrivs)");
    }

    @Test
    void rootWithoutACapabilityIsNot()
            throws Exception
    {
        assumeTrue(UID == 0, "needs: root");
        assertThat(refusal(List.of("setpriv", "--bounding-set", "-sys_time", "cat"))).startsWith("it has other privileges (Cap");
    }

    @Test
    void aProcessInAnotherNamespaceOrRootIsNot()
            throws Exception
    {
        assumeTrue(UID == 0, "needs: root");
        assertThat(refusal(List.of("unshare", "--uts", "cat"))).isEqualTo("it is in another uts namespace");
        assertThat(refusal(List.of("unshare", "--mount", "cat"))).isEqualTo("it is in another mnt namespace");
        assertThat(refusal(List.of("unshare", "--net", "cat"))).isEqualTo("it is in another net namespace");
        assertThat(refusal(List.of("unshare", "--root", "/proc/self/root/usr", "/bin/cat"))).isEqualTo("it has another root directory");
    }

    /** The reason against the program at the end of the command; empty = none. The program is one that echoes: its first byte shows that it runs. */
    private static String refusal(List<String> command)
            throws Exception
    {
        for (String folder : List.of("/usr/bin/", "/bin/", "/usr/sbin/")) {
            if (new File(folder + command.getFirst()).canExecute()) {
                return refusalOf(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
            }
        }
        assumeTrue(false, "needs: " + command.getFirst());
        return "";
    }

    private static String refusalOf(Process client)
            throws Exception
    {
        try {
            client.outputWriter().write("x");
            client.outputWriter().flush();
            assertThat(client.getInputStream().read()).isEqualTo('x');
            try (Fd process = ProcessCalls.open((int) client.pid())) {
                return ClientIdentity.refusal((int) client.pid(), UID, Optional.of(process)).orElse("");
            }
        }
        finally {
            client.destroyForcibly().waitFor();
        }
    }
}
