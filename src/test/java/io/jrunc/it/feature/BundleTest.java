package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.node.ArrayNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A bundle as a whole: what of it counts, where its root may be, and what its container has of the host. */
@ExtendWith(JruncExtension.class)
class BundleTest
{
    @Test
    void whatIsUnknownOrForOtherPlatformsIsPassedOver(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit(config -> {
            config.put("unknown", 7).withObject("/linux").putArray("fromTheFuture").add(1);
            config.withObject("/process").put("mood", "good");
            for (String platform : new String[] {"windows", "solaris", "vm", "zos", "freebsd"}) {
                config.put(platform, "not even an object");
            }
        });
        Outcome outcome = jrunc.runBundle(jrunc.id("unknown"), bundle.process("echo", "runs")).expectSuccess();
        assertThat(outcome.out()).isEqualTo("runs\n");
        assertThat(outcome.err()).isEmpty();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** As in runc: what confines there must not be passed over here. */
    @Test
    void namesInOtherCasesAreHeard(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("NoNewPrivileges", true)).process("grep", "NoNewPrivs", "/proc/self/status");
        bundle.config().withObject("/process").remove("noNewPrivileges");
        assertThat(jrunc.runBundle(jrunc.id("case"), bundle).expectSuccess().out()).isEqualTo("NoNewPrivs:\t1\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theRootIsADirectoryAndNoLink(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createSymbolicLink(bundle.folder().resolve("link"), Path.of("rootfs"));
        Files.writeString(bundle.folder().resolve("file"), "");
        bundle.process("true").edit(config -> config.withObject("/root").put("path", "link"));
        jrunc.runBundle(jrunc.id("link"), bundle).expectExit(1).expectFailure("root.path", "invalid rootfs: not an absolute path, or a symlink");
        bundle.edit(config -> config.withObject("/root").put("path", "nowhere"));
        jrunc.runBundle(jrunc.id("nowhere"), bundle).expectExit(1).expectFailure("root.path", "no such file or directory");
        bundle.edit(config -> config.withObject("/root").put("path", "file"));
        jrunc.runBundle(jrunc.id("file"), bundle).expectExit(1).expectFailure("root.path");
        bundle.edit(config -> config.withObject("/root").put("path", bundle.rootfs().toString()));
        jrunc.runBundle(jrunc.id("absolute"), bundle).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theNullDeviceOfTheHostBecomesTheContainers(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path out = jrunc.folder().resolve("out");
        String id = jrunc.id("null");
        bundle.mount("tmpfs", "tmpfs", "/tmp").shell("stat -L -c %d /proc/self/fd/0 /proc/self/fd/2 /dev/null > /tmp/told; mv /tmp/told /tmp/all; sleep 1000").write();
        Host.capture("sh", "-c", "JRUNC_ENGINE=%s %s --root %s run --detach --bundle %s %s </dev/null >%s 2>/dev/null".formatted(
                jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder(), id, out));
        String[] devices = jrunc.run("exec", id, "sh", "-c", "until [ -s /tmp/all ]; do sleep 0.1; done; cat /tmp/all").expectSuccess().out().split("\n");
        assertThat(devices).hasSize(3).containsOnly(devices[2]);
        assertThat(devices[0]).as("of another file system than the host's").isNotEqualTo(Host.capture("stat", "-c", "%d", "/dev/null").strip());
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aUserNamespaceWithManyRangesAndASourceThatItsRootCannotReach(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.namespace("user").edit("/linux", linux -> {
            for (String map : new String[] {"uidMappings", "gidMappings"}) {
                ArrayNode ranges = linux.putArray(map);
                ranges.addObject().put("containerID", 0).put("hostID", 100000).put("size", 1000);
                ranges.addObject().put("containerID", 1000).put("hostID", 300000).put("size", 1);
                ranges.addObject().put("containerID", 5000).put("hostID", 200000).put("size", 60000);
            }
        });
        Path closed = Files.createDirectories(jrunc.folder().resolve("closed/open"));
        Files.writeString(closed.resolve("file"), "reached\n");
        Host.capture("chown", "-R", "-h", "100000:100000", bundle.rootfs().toString());
        Host.capture("chmod", "711", jrunc.folder().toString());
        Host.capture("chmod", "700", closed.getParent().toString());
        bundle.edit("/process/user", user -> user.put("uid", 1000).put("gid", 1000));
        bundle.mount("bind", closed.toString(), "/mnt", "bind").shell("cat /proc/self/uid_map /proc/self/gid_map; cat /mnt/file; stat -L -c %u /proc/self/fd/1").writable();
        String out = jrunc.runBundle(jrunc.id("ranges"), bundle).expectSuccess().out();
        String map = " 0 100000 1000\n 1000 300000 1\n 5000 200000 60000\n";
        assertThat(out.replaceAll(" +", " ")).isEqualTo(map + map + "reached\n1000\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aTmpfsHasTheModeOfItsPlaceOrItsOption(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path there = Files.createDirectories(bundle.rootfs().resolve("there"));
        Host.capture("chmod", "2751", there.toString());
        bundle.mount("tmpfs", "tmpfs", "/there").mount("tmpfs", "tmpfs", "/new").mount("tmpfs", "tmpfs", "/asked", "mode=711");
        bundle.writable().process("stat", "-c", "%n %a", "/there", "/new", "/asked");
        assertThat(jrunc.runBundle(jrunc.id("modes"), bundle).expectSuccess().out()).isEqualTo("/there 2751\n/new 1777\n/asked 711\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
