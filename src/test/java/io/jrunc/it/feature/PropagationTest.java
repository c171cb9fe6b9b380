package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * {@code linux.rootfsPropagation} where it matters: the bundle lies on a shared mount, and another one is in its root file system.
 * Source: OCI config-linux.md#rootfs-mount-propagation.
 */
@ExtendWith(JruncExtension.class)
class PropagationTest
{
    private static final String MIDDLE = "/middle";

    private final Path[] mounted = new Path[2];

    /** @return a directory of the shared mount below the root */
    private Path share(Bundle bundle) throws IOException
    {
        mounted[0] = bundle.folder();
        Host.capture("mount", "--bind", bundle.folder().toString(), bundle.folder().toString());
        Host.capture("mount", "--make-shared", bundle.folder().toString());
        mounted[1] = Files.createDirectory(bundle.rootfs().resolve(MIDDLE.substring(1)));
        Host.capture("mount", "-t", "tmpfs", "middle", mounted[1].toString());
        Host.capture("mount", "--make-shared", mounted[1].toString());
        return Files.createDirectory(mounted[1].resolve("late"));
    }

    private void unshare()
    {
        for (int i = mounted.length - 1; i >= 0; i--) {
            if (mounted[i] != null) {
                Host.unmount(mounted[i]);
            }
        }
    }

    private record Seen(String root, String middle, boolean arrives, boolean leaves) {}

    /** What the mounts at / and /middle are, whether a mount of the host in the latter is there too, and whether one of the container is on the host. */
    private static Seen seen(Jrunc jrunc, String name, Bundle bundle, Path late) throws IOException
    {
        Path inner = late.resolveSibling("inner");
        Files.createDirectories(inner);
        String id = jrunc.id(name);
        String pid = Integer.toString(jrunc.runDetached(id, bundle.process("sleep", "1000")));
        Host.capture("mount", "-t", "tmpfs", "late", late.toString());
        boolean arrives;
        boolean leaves;
        try {
            arrives = !mount(pid, MIDDLE + "/late").isEmpty();
            Host.capture("nsenter", "-t", pid, "-m", "/bin/mount", "-t", "tmpfs", "inner", MIDDLE + "/inner");
            leaves = !Host.mounts(inner.toString()).isEmpty();
        }
        finally {
            Host.unmount(late);
        }
        List<String> root = mount(pid, "/");
        List<String> middle = mount(pid, MIDDLE);
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(root).hasSize(1);
        assertThat(middle).hasSize(1);
        return new Seen(root.getFirst(), middle.getFirst(), arrives, leaves);
    }

    /** The optional fields of mountinfo, without the numbers of the groups. */
    private static List<String> mount(String pid, String target)
    {
        return Host.read("/proc/" + pid + "/mountinfo").lines().map(line -> line.split(" ")).filter(words -> words[4].equals(target))
                .map(words -> String.join(" ", List.of(words).subList(6, List.of(words).indexOf("-"))).replaceAll(":[0-9]+", "")).toList();
    }

    @Test
    void whatArrivesAndWhatLeaves(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path late = share(bundle);
        try {
            Map<String, Seen> wanted = Map.of(
                    "slave", new Seen("", "master", true, false),
                    "rprivate", new Seen("", "", false, false),
                    "rshared", new Seen("shared", "shared master", true, false),
                    "runbindable", new Seen("unbindable", "unbindable", false, false));
            assertThat(seen(jrunc, "none", bundle, late)).as("not said").isEqualTo(wanted.get("slave"));
            for (Map.Entry<String, Seen> each : wanted.entrySet()) {
                bundle.edit("/linux", linux -> linux.put("rootfsPropagation", each.getKey()));
                assertThat(seen(jrunc, each.getKey(), bundle, late)).as(each.getKey()).isEqualTo(each.getValue());
            }
        }
        finally {
            unshare();
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
