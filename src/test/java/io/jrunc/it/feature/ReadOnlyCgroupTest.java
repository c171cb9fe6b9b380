package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** As within a container of another manager: cgroups can be seen and not changed. What is made of it decides {@code --rootless}. */
@ExtendWith(JruncExtension.class)
class ReadOnlyCgroupTest
{
    /** In a mount namespace of its own every cgroup hierarchy becomes read-only; then the command. */
    private static final String READ_ONLY = """
            for mount in $(sed -n 's,^[^ ]* \\(/sys/fs/cgroup[^ ]*\\) cgroup2\\{0\\,1\\} .*,\\1,p' /proc/mounts); do mount -o remount,bind,ro $mount || exit 9; done; exec "$@"
            """;

    private Jrunc jrunc;

    @BeforeEach
    void readOnly(Jrunc plain)
    {
        // A resident engine serves its own mount namespace only: the launcher then brings one for itself.
        jrunc = plain.environment("JRUNC_ENGINE", plain.engineElsewhere()).through("unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, "sh");
    }

    @Test
    void rootInsistsOnCgroupsUnlessItIsToldNotTo(Bundle bundle)
    {
        String id = jrunc.id("ro");
        bundle.shell("mkdir /sys/fs/cgroup/probe /sys/fs/cgroup/*/probe 2>/dev/null; echo ran; ls -d /sys/fs/cgroup/probe /sys/fs/cgroup/*/probe 2>/dev/null").write();
        for (String word : new String[] {"false", "0", "auto", "AUTO"}) {
            jrunc.run("--rootless", word, "run", "--bundle", bundle.folder().toString(), id).expectExit(1).expectFailure("cannot create cgroup", "read-only file system");
        }
        for (String word : new String[] {"true", "T", "1"}) {
            assertThat(jrunc.run("--rootless", word, "run", "--bundle", bundle.folder().toString(), id).expectExit(1).out()).as(word).isEqualTo("ran\n");
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Nothing of the cgroups is its own, so nothing of them has to be removed. */
    @Test
    void aContainerWithoutACgroupOfItsOwnCanBeDeleted(Bundle bundle)
    {
        for (boolean force : new boolean[] {true, false}) {
            String id = jrunc.id("gone-" + force);
            bundle.process("sleep", "1000").write();
            jrunc.start("--rootless=true", "create", "--bundle", bundle.folder().toString(), id).awaitDetached(ofSeconds(60)).expectSuccess();
            assertThat(Host.cgroups(id)).isEmpty();
            if (!force) {
                jrunc.run("kill", id, "KILL").expectSuccess();
                jrunc.awaitStatus(id, "stopped");
            }
            jrunc.run(force ? new String[] {"delete", "--force", id} : new String[] {"delete", id}).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }
}
