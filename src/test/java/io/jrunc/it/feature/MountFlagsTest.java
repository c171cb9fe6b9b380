package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flags of a whole file system, and what may not be covered. Source: OCI config.md#linux-mount-options. */
@ExtendWith(JruncExtension.class)
class MountFlagsTest
{
    @Test
    void flagsOfTheSuperblockAreSet(Jrunc jrunc, Bundle bundle)
    {
        bundle.mount("tmpfs", "flags", "/tmp", "sync", "dirsync", "lazytime").shell("grep ' /tmp ' /proc/mounts");
        assertThat(jrunc.runBundle(jrunc.id("flags"), bundle).expectSuccess().out()).contains("sync", "dirsync", "lazytime");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void andNotTakenForOptionsWhereTheOptionsAreLong(Jrunc jrunc, Bundle bundle) throws IOException
    {
        // Longer than the newer calls take: such mounts go the older way, where flags are no words.
        Path deep = jrunc.folder().resolve("layer-" + "x".repeat(200));
        Path lower = Files.createDirectories(deep.resolve("y".repeat(100)));
        Path upper = Files.createDirectories(jrunc.folder().resolve("upper"));
        Path work = Files.createDirectories(jrunc.folder().resolve("work"));
        Files.writeString(lower.resolve("file"), "from below\n");
        bundle.mount("overlay", "overlay", "/tmp", "lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work, "dirsync", "lazytime")
                .shell("cat /tmp/file; grep ' /tmp ' /proc/mounts");
        assertThat(jrunc.runBundle(jrunc.id("long"), bundle).expectSuccess().out()).startsWith("from below\n").contains("dirsync", "lazytime");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aLinkOfTheImageLeadsNoMountIntoProc(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createSymbolicLink(bundle.rootfs().resolve("way"), Path.of("proc/sys/kernel"));
        bundle.mount("tmpfs", "tmpfs", "/way", "ro").process("true");
        jrunc.runBundle(jrunc.id("link"), bundle).expectExit(1).expectFailure("/way\\\" cannot be mounted because it is inside /proc");
        Files.delete(bundle.rootfs().resolve("way"));
        Files.createSymbolicLink(bundle.rootfs().resolve("way"), Path.of("/proc"));
        jrunc.runBundle(jrunc.id("top"), bundle).expectExit(1).expectFailure("/way\\\" cannot be mounted because it is inside /proc");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theFilesOfProcThatMayBeCoveredStillAre(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path file = Files.writeString(jrunc.folder().resolve("uptime"), "1.00 1.00\n");
        bundle.mount("bind", file.toString(), "/proc/uptime", "bind", "ro").shell("cat /proc/uptime");
        assertThat(jrunc.runBundle(jrunc.id("uptime"), bundle).expectSuccess().out()).isEqualTo("1.00 1.00\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aUserNamespaceCannotLiftWhatTheSourceForbids(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String source = Files.createDirectories(jrunc.folder().resolve("limited")).toString();
        Host.capture("mount", "-t", "tmpfs", "-o", "nosuid,nodev,noexec", "tmpfs", source);
        try {
            bundle.mount("bind", source, "/tmp", "bind", "ro").shell("grep ' /tmp ' /proc/mounts");
            assertThat(jrunc.runBundle(jrunc.id("host"), bundle).expectSuccess().out()).contains(" ro,").doesNotContain("noexec");
            bundle.namespace("user").edit("/linux", linux -> {
                linux.putArray("uidMappings").addObject().put("containerID", 0).put("hostID", 0).put("size", 1000);
                linux.putArray("gidMappings").addObject().put("containerID", 0).put("hostID", 0).put("size", 1000);
            });
            assertThat(jrunc.runBundle(jrunc.id("kept"), bundle).expectSuccess().out()).contains(" ro,nosuid,nodev,noexec");
            bundle.mount("bind", source, "/mnt", "bind", "exec");
            jrunc.runBundle(jrunc.id("lifted"), bundle).expectExit(1).expectFailure("run failed: unable to start container process: error during container init: error mounting \\\"" + source + "\\\" to rootfs at \\\"/mnt\\\": ",
                    "operation not permitted (mounts[8].source)");
        }
        finally {
            Host.unmount(Path.of(source));
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
