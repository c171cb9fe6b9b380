package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a container's author, or whoever filled its root file system, may have prepared for the runtime to fall for. */
@ExtendWith(JruncExtension.class)
class HardeningTest
{
    /** Runs a program that may not call pivot_root. */
    private static final String NO_PIVOT = """
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <stddef.h>
            #include <sys/prctl.h>
            #include <sys/syscall.h>
            #include <unistd.h>

            int main(int argc, char **argv)
            {
                struct sock_filter filter[] = {
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pivot_root, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                };
                struct sock_fprog program = { 4, filter };

                if (argc < 2 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
                    return 99;
                execv(argv[1], argv + 1);
                return 98;
            }
            """;

    /** The devices are a directory of the caller's, so that the runtime makes none of its own. */
    private static Path ownDevices(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path dev = Files.createDirectories(jrunc.folder().resolve("dev"));
        ArrayNode mounts = bundle.config().withArray("/mounts");
        for (int i = mounts.size() - 1; i >= 0; i--) {
            if (mounts.get(i).path("destination").asText().startsWith("/dev")) {
                mounts.remove(i);
            }
        }
        bundle.mount("bind", dev.toString(), "/dev", "rbind");
        return dev;
    }

    /** CVE-2025-31133: what hides a file must be the null device, not what somebody put in its place. */
    @Test
    void nothingButTheNullDeviceHidesAFile(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path dev = ownDevices(jrunc, bundle);
        Path none = dev.resolve("null");
        Files.writeString(bundle.rootfs().resolve("hidden"), "hidden\n");
        Files.writeString(bundle.rootfs().resolve("etc/chosen"), "chosen\n");
        bundle.config().withObject("/linux").putArray("maskedPaths").add("/hidden");
        bundle.process("head", "-c", "100", "/hidden");

        Files.createSymbolicLink(none, Path.of("/etc/chosen"));
        jrunc.runBundle(jrunc.id("link"), bundle).expectExit(1).expectFailure("/dev/null");
        Files.delete(none);
        Files.writeString(none, "chosen\n");
        jrunc.runBundle(jrunc.id("file"), bundle).expectExit(1).expectFailure("/dev/null", "not the null device");
        Files.delete(none);
        Host.capture("mknod", none.toString(), "c", "1", "5");
        jrunc.runBundle(jrunc.id("zero"), bundle).expectExit(1).expectFailure("/dev/null", "not the null device");
        Files.delete(none);
        Host.capture("mknod", none.toString(), "c", "1", "3");
        assertThat(jrunc.runBundle(jrunc.id("null"), bundle).expectSuccess().out()).isEmpty();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** CVE-2025-52565: a terminal comes from a devpts, and no link leads its console elsewhere. */
    @Test
    void nothingButADevptsGivesATerminal(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path dev = ownDevices(jrunc, bundle);
        Host.capture("mknod", dev.resolve("null").toString(), "c", "1", "3");
        Path terminals = Files.createDirectory(dev.resolve("pts"));
        bundle.terminal(true).process("true").config().withObject("/linux").putArray("maskedPaths");
        String socket = jrunc.folder().resolve("none").toString();

        Host.capture("mknod", terminals.resolve("ptmx").toString(), "c", "5", "2");
        bundle.write();
        jrunc.run("create", "--console-socket", socket, "--bundle", bundle.folder().toString(), jrunc.id("node")).expectExit(1).expectFailure("not the ptmx of a devpts");
        Files.delete(terminals.resolve("ptmx"));
        Files.createSymbolicLink(terminals.resolve("ptmx"), Path.of("/dev/ptmx"));
        jrunc.run("create", "--console-socket", socket, "--bundle", bundle.folder().toString(), jrunc.id("link")).expectExit(1)
                .expectFailure("/dev/pts/ptmx", "too many levels of symbolic links");
        Files.delete(terminals.resolve("ptmx"));

        bundle.mount("devpts", "devpts", "/dev/pts", "newinstance", "ptmxmode=0666").write();
        Path target = Files.writeString(bundle.rootfs().resolve("etc/target"), "untouched\n");
        Files.createSymbolicLink(dev.resolve("console"), Path.of("/etc/target"));
        jrunc.run("create", "--console-socket", socket, "--bundle", bundle.folder().toString(), jrunc.id("console")).expectExit(1)
                .expectFailure("/dev/console", "too many levels of symbolic links");
        assertThat(target).hasContent("untouched");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static Path withoutPivot(Jrunc jrunc) throws IOException
    {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "needs: gcc");
        Path source = Files.writeString(jrunc.folder().resolve("nopivot.c"), NO_PIVOT);
        Path program = jrunc.folder().resolve("nopivot");
        Host.capture("gcc", "-O2", "-o", program.toString(), source.toString());
        return program;
    }

    @Test
    void withoutPivotTheRootIsMoved(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String program = withoutPivot(jrunc).toString();
        bundle.shell("ls -d /bin /../../bin/busybox; grep -c . /proc/self/mounts >/dev/null; exit 7").write();
        List<String> run = List.of(program, jrunc.runtime().toString(), "--root", jrunc.root().toString(), "run", "--bundle", bundle.folder().toString());
        Map<String, String> mode = Map.of("JRUNC_ENGINE", jrunc.engineElsewhere());    // a resident one does not serve who has a filter

        Running refused = Running.start(Stream.concat(run.stream(), Stream.of(jrunc.id("pivot"))).toList(), mode, jrunc.folder());
        refused.await(ofSeconds(20)).expectExit(1).expectFailure("pivot_root", "operation not permitted");
        Running moved = Running.start(Stream.concat(run.stream(), Stream.of("--no-pivot", jrunc.id("moved"))).toList(), mode, jrunc.folder());
        assertThat(moved.await(ofSeconds(20)).expectExit(7).out()).isEqualTo("/../../bin/busybox\n/bin\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** A user namespace may mount a new procfs where a complete one is in sight. The host's is, below a root that was only moved. */
    @Test
    void withoutPivotTheHostsProcIsOutOfSight(Jrunc jrunc, Bundle bundle)
    {
        bundle.config().withObject("/process/user").put("uid", 1000).put("gid", 1000);
        String nested = "unshare -U -r -m -p -n -f sh -c 'mount -t %1$s %1$s /tmp && echo mounted %1$s' 2>&1; ";
        bundle.shell(nested.formatted("tmpfs") + nested.formatted("proc") + nested.formatted("sysfs") + "true");
        for (String id : new String[] {jrunc.id("moved"), jrunc.id("pivoted")}) {
            String said = jrunc.runBundle(id, bundle, id.endsWith("moved") ? new String[] {"--no-pivot"} : new String[0]).expectSuccess().out();
            assertThat(said.lines()).containsExactly("mounted tmpfs", "mount: permission denied (are you root?)", "mount: permission denied (are you root?)");
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theOldRootIsGoneAndTheNewOneWasGivenNoDirectoryForIt(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.config().withArray("/mounts").removeAll();
        bundle.mount("proc", "proc", "/proc").config().withObject("/linux").putArray("maskedPaths");
        bundle.config().withObject("/linux").putArray("readonlyPaths");
        bundle.shell("cut -d' ' -f5 /proc/self/mountinfo");
        List<String> before = names(bundle.rootfs());
        assertThat(jrunc.runBundle(jrunc.id("root"), bundle).expectSuccess().out().lines()).containsExactly("/", "/proc");
        // Devices are made below /dev; nothing else is.
        assertThat(names(bundle.rootfs())).isEqualTo(before);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static List<String> names(Path folder) throws IOException
    {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    /** Whatever is made on the way to a start is made inside, also where the image has links that lead out. */
    @Test
    void everythingThatIsMadeIsMadeInside(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path host = Files.createDirectories(jrunc.folder().resolve("host"));
        String up = "../".repeat(40) + host.toString().substring(1);
        for (String name : List.of("work", "data", "nodes", "run", "file")) {
            Files.createSymbolicLink(bundle.rootfs().resolve(name), Path.of(name.equals("data") ? host.toString() : up));
        }
        Path volume = Files.writeString(jrunc.folder().resolve("volume"), "a file\n");
        bundle.writable().mount("tmpfs", "tmpfs", "/data/a/b", "size=64k").mount("bind", volume.toString(), "/file/bound", "bind");
        bundle.edit("/process", process -> process.put("cwd", "/work/deep/place"));
        bundle.config().withObject("/linux").putArray("devices").addObject().put("path", "/nodes/own").put("type", "c").put("major", 1).put("minor", 3);
        jrunc.environment("NOTIFY_SOCKET", jrunc.folder().resolve("manager").toString());
        bundle.shell("pwd; cat /file/bound; ls -l /nodes/own | cut -c1; grep -c ' %1$s/a/b ' /proc/mounts; ls %1$s".formatted(host));
        String said = jrunc.runBundle(jrunc.id("inside"), bundle).expectSuccess().out();
        assertThat(said).isEqualTo(host + "/deep/place\na file\nc\n1\na\nbound\ndeep\nnotify\nown\n");
        assertThat(host).isEmptyDirectory();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void deleteTakesNothingThatWasThereBefore(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path volume = Files.createDirectories(jrunc.folder().resolve("volume"));
        Files.writeString(volume.resolve("file"), "mine\n");
        String owner = jrunc.id("owner");
        jrunc.create(owner, bundle.process("true"));
        String namespace = "/proc/" + jrunc.pid(owner) + "/ns/";
        String link = Files.readSymbolicLink(Path.of(namespace, "net")).toString();

        Bundle guest = jrunc.bundle().process("sleep", "1000").namespace("network", namespace + "net").namespace("ipc", namespace + "ipc").namespace("uts", namespace + "uts");
        guest.config().remove("hostname");
        guest.mount("bind", volume.toString(), "/data", "rbind");
        String id = jrunc.id("guest");
        jrunc.create(id, guest);
        assertThat(Files.readSymbolicLink(Path.of("/proc/" + jrunc.pid(id) + "/ns/net"))).hasToString(link);
        jrunc.run("start", id).expectSuccess();
        jrunc.run("delete", "--force", id).expectSuccess();

        assertThat(volume.resolve("file")).hasContent("mine");
        assertThat(guest.rootfs().resolve("bin/busybox")).exists();
        assertThat(jrunc.status(owner)).isEqualTo("created");
        assertThat(Files.readSymbolicLink(Path.of(namespace, "net"))).hasToString(link);
        assertThat(Host.cgroups(owner)).isNotEmpty();
        jrunc.run("delete", owner).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
