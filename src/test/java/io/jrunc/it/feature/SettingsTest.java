package io.jrunc.it.feature;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Settings of the kernel's that a container gets, many in one; each line of its output is {@code name=value}. */
@ExtendWith(JruncExtension.class)
class SettingsTest
{
    private static Map<String, String> told(Jrunc jrunc, String name, Bundle bundle)
    {
        String out = jrunc.runBundle(jrunc.id(name), bundle).expectSuccess().out();
        assertThat(jrunc.leftovers()).isEmpty();
        return out.lines().map(line -> line.split("=", 2)).collect(toMap(line -> line[0], line -> line[1]));
    }

    @Test
    void personalitySchedulerAndPriorities(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process/scheduler", scheduler -> scheduler.put("policy", "SCHED_BATCH").put("nice", 7));
        bundle.edit("/process/ioPriority", priority -> priority.put("class", "IOPRIO_CLASS_BE").put("priority", 6));
        bundle.edit("/linux/personality", personality -> personality.put("domain", "LINUX32"));
        bundle.edit("/linux/memoryPolicy", policy -> policy.put("mode", "MPOL_BIND").put("nodes", "0"));
        bundle.shell("echo machine=$(uname -m); echo policy=$(cut -d' ' -f41 /proc/self/stat); echo nice=$(cut -d' ' -f19 /proc/self/stat);"
                + " echo io=$(ionice -p $$); echo memory=$(head -1 /proc/self/numa_maps | cut -d' ' -f2)");
        Map<String, String> told = told(jrunc, "settings", bundle);
        assertThat(told).containsEntry("policy", "3").containsEntry("nice", "7").containsEntry("io", "best-effort: prio 6")
                .containsEntry("memory", "bind:0");
        assertThat(told.get("machine")).isEqualTo(Host.capture("setarch", "linux32", "uname", "-m").strip()).isNotEqualTo(Host.capture("uname", "-m").strip());
    }

    @Test
    void aFlagOfTheScheduler(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process/scheduler", scheduler -> {
            scheduler.put("policy", "SCHED_OTHER").put("nice", -5);
            scheduler.putArray("flags").add("SCHED_FLAG_RESET_ON_FORK");
        });
        // With the flag a child has not what its parent was given.
        bundle.process("sh", "-c", "read -r stat </proc/self/stat; set -- $stat; echo own=${19}; echo child=$(cut -d' ' -f19 /proc/self/stat)");
        assertThat(told(jrunc, "flag", bundle)).containsEntry("own", "-5").containsEntry("child", "0");
    }

    @Test
    void anExecGetsThemTooAndCpusOfItsOwn(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.edit("/process/scheduler", scheduler -> scheduler.put("policy", "SCHED_IDLE"));
        bundle.edit("/process/ioPriority", priority -> priority.put("class", "IOPRIO_CLASS_IDLE").put("priority", 0));
        bundle.edit("/linux/personality", personality -> personality.put("domain", "LINUX32"));
        bundle.edit("/linux/memoryPolicy", policy -> policy.put("mode", "MPOL_PREFERRED").put("nodes", "0"));
        bundle.edit("/process/execCPUAffinity", affinity -> affinity.put("initial", "0-1").put("final", "1"));
        String id = jrunc.id("exec-settings");
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        String script = "echo $(uname -m) $(cut -d' ' -f41 /proc/self/stat) $(ionice -p $$) $(head -1 /proc/self/numa_maps | cut -d' ' -f2) $(grep Cpus_allowed_list /proc/self/status)";
        String machine = Host.capture("setarch", "linux32", "uname", "-m").strip();
        assertThat(jrunc.run("exec", id, "sh", "-c", script).expectSuccess().out())
                .isEqualTo(machine + " 5 idle prefer:0 Cpus_allowed_list: 1\n");
        Path file = Files.writeString(jrunc.folder().resolve("process.json"),
                "{\"args\": [\"grep\", \"Cpus_allowed_list\", \"/proc/self/status\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], \"execCPUAffinity\": {\"final\": \"0\"}}");
        assertThat(jrunc.run("exec", "--process", file.toString(), id).expectSuccess().out()).isEqualTo("Cpus_allowed_list:\t0\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Of two CPUs the container has one. */
    @Test
    void theFirstCpusOfAnExecAreThoseOutsideOfItsCgroupAndTheFinalOnesInside(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Host.hasController("cpuset") && Runtime.getRuntime().availableProcessors() > 1, "needs the cgroup controller cpuset and two CPUs");
        bundle.edit("/linux/resources/cpu", cpu -> cpu.put("cpus", "1"));
        String id = jrunc.id("cpus");
        jrunc.runDetached(id, bundle.process("sleep", "1000"));
        // In the cgroup CPU 0 alone is refused: that it is not shows that it came before.
        assertThat(jrunc.run("exec", "--process", cpus(jrunc, "initial", "0"), id).expectSuccess().out()).isEqualTo("Cpus_allowed_list:\t1\n");
        jrunc.run("exec", "--process", cpus(jrunc, "final", "0"), id).expectExit(255).expectFailure("process.execCPUAffinity.final", "invalid argument");
        assertThat(jrunc.run("exec", "--process", cpus(jrunc, "final", "0-1"), id).expectSuccess().out()).isEqualTo("Cpus_allowed_list:\t1\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static String cpus(Jrunc jrunc, String when, String cpus) throws IOException
    {
        return Files.writeString(jrunc.folder().resolve("process.json"),
                "{\"args\": [\"grep\", \"Cpus_allowed_list\", \"/proc/self/status\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], \"execCPUAffinity\": {\"%s\": \"%s\"}}".formatted(when, cpus)).toString();
    }

    @Test
    void devicesHaveTheirModesOwnersAndPlaces(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux", linux -> {
            ArrayNode devices = linux.putArray("devices");
            devices.addObject().put("path", "/dev/extra/zero").put("type", "c").put("major", 1).put("minor", 5).put("fileMode", 0604).put("uid", 12).put("gid", 34);
            devices.addObject().put("path", "/dev/pipe").put("type", "p").put("fileMode", 0640);
            devices.addObject().put("path", "/dev/null").put("type", "c").put("major", 1).put("minor", 3).put("fileMode", 0444);
            devices.addObject().put("path", "/dev/ram").put("type", "b").put("major", 1).put("minor", 0);
            devices.addObject().put("path", "/dev/ptmx").put("type", "c").put("major", 5).put("minor", 2);
            ArrayNode rules = linux.withObject("/resources").putArray("devices");
            rules.addObject().put("allow", true).put("access", "rwm");
        });
        bundle.edit("/process/user", user -> user.put("umask", 0077));
        bundle.shell("for f in extra/zero pipe null ram ptmx; do stat -c \"$f=%F %t:%T %a %u:%g\" /dev/$f; done");
        assertThat(told(jrunc, "devices", bundle))
                .containsEntry("extra/zero", "character special file 1:5 604 12:34")
                .containsEntry("pipe", "fifo 0:0 640 0:0")
                .containsEntry("null", "character special file 1:3 444 0:0")
                .containsEntry("ptmx", "symbolic link 0:0 777 0:0")
                .containsEntry("ram", "block special file 1:0 666 0:0");
    }

    @Test
    void whatIsInADevicesPlaceAlreadyMustBeThatDevice(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path place = Files.createDirectory(bundle.rootfs().resolve("nodes"));
        bundle.edit("/linux", linux -> linux.putArray("devices").addObject().put("path", "/nodes/zero").put("type", "c").put("major", 1).put("minor", 5).put("fileMode", 0640).put("gid", 7));
        bundle.shell("stat -c 'zero=%F %t:%T %a %g' /nodes/zero");
        String here = place.resolve("zero").toString();
        Host.capture("mknod", "-m", "600", here, "c", "1", "5");
        assertThat(told(jrunc, "same", bundle)).containsEntry("zero", "character special file 1:5 640 7");
        for (String[] other : new String[][] {{"mknod", here, "c", "1", "3"}, {"sh", "-c", "echo text >" + here}, {"ln", "-s", "/dev/zero", here}}) {
            Host.capture("rm", "-rf", here);
            Host.capture(other);
            jrunc.runBundle(jrunc.id("other"), bundle).expectExit(1).expectFailure("linux.devices[0]", "/nodes/zero", "existing file is another kind or device");
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** There is no /proc in it; where one would be, its image has files that look like the parameters. */
    @Test
    void sysctlsReachTheKernelWhateverTheImageHasAtProc(Jrunc jrunc, Bundle bundle) throws IOException
    {
        ArrayNode mounts = bundle.config().withArray("/mounts");
        mounts.remove(0);
        Path fake = bundle.rootfs().resolve("proc/sys/net/ipv4/ip_unprivileged_port_start");
        Files.createDirectories(fake.getParent());
        Files.writeString(fake, "fake");
        bundle.edit("/linux/sysctl", sysctl -> sysctl.put("net.ipv4.ip_unprivileged_port_start", "77"));
        bundle.writable().process("sleep", "1000");
        String id = jrunc.id("sysctl");
        int pid = jrunc.runDetached(id, bundle);
        assertThat(Host.capture("nsenter", "-t", Integer.toString(pid), "-n", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start")).isEqualTo("77\n");
        assertThat(fake).hasContent("fake");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void linksThatTheImageHasInDevStay(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createSymbolicLink(bundle.rootfs().resolve("dev/stdout"), Path.of("/somewhere/else"));
        Files.createSymbolicLink(bundle.rootfs().resolve("dev/ptmx"), Path.of("/somewhere/else"));
        // Of the image only when nothing is mounted on it.
        ArrayNode mounts = bundle.config().withArray("/mounts");
        for (int n = mounts.size() - 1; n >= 0; n--) {
            if (mounts.get(n).path("destination").asText().startsWith("/dev")) {
                mounts.remove(n);
            }
        }
        bundle.writable().shell("for l in fd stdin stdout stderr core ptmx; do echo $l=$(readlink /dev/$l); done");
        assertThat(told(jrunc, "links", bundle)).containsEntry("fd", "/proc/self/fd")
                .containsEntry("stdin", "/proc/self/fd/0").containsEntry("stderr", "/proc/self/fd/2").containsEntry("core", Files.exists(Path.of("/proc/kcore")) ? "/proc/kcore" : "").containsEntry("stdout", "/somewhere/else")
                .containsEntry("ptmx", "pts/ptmx");
    }

    @Test
    void hiddenPathsShareOneFileSystemAndReadonlyOnesKeepTheirFlags(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createDirectories(bundle.rootfs().resolve("one"));
        Files.createDirectories(bundle.rootfs().resolve("two"));
        Files.createDirectories(bundle.rootfs().resolve("kept"));
        bundle.mount("tmpfs", "tmpfs", "/kept", "nosuid", "nodev", "noexec", "noatime");
        bundle.edit("/linux", linux -> {
            linux.putArray("maskedPaths").add("/one").add("/two");
            linux.putArray("readonlyPaths").add("/kept");
        });
        bundle.shell("echo one=$(stat -c %d /one); echo two=$(stat -c %d /two); echo kept=$(grep ' /kept ' /proc/self/mountinfo | tail -1 | cut -d' ' -f6)");
        Map<String, String> told = told(jrunc, "hidden", bundle);
        assertThat(told.get("one")).isEqualTo(told.get("two")).isNotBlank();
        assertThat(told.get("kept").split(",")).containsExactlyInAnyOrder("ro", "nosuid", "nodev", "noexec", "noatime");
    }

    @Test
    void copiedUpFilesKeepOwnersAndModes(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path seeded = Files.createDirectories(bundle.rootfs().resolve("seeded/deep"));
        Files.writeString(seeded.resolve("file"), "");
        Files.createSymbolicLink(seeded.resolve("link"), Path.of("nowhere"));
        Host.capture("sh", "-c", "cd '%s' && chown 12:34 deep/file && chmod 4751 deep/file && chown -h 56:78 deep/link && chown 9:8 deep && chmod 1775 deep && chown 3:4 . && chmod 715 ."
                .formatted(bundle.rootfs().resolve("seeded")));
        bundle.mount("tmpfs", "tmpfs", "/seeded", "tmpcopyup");
        bundle.shell("cd /seeded; for f in . deep deep/file deep/link; do stat -c \"$f=%F %a %u:%g\" $f; done");
        assertThat(told(jrunc, "owners", bundle)).containsEntry(".", "directory 715 3:4").containsEntry("deep", "directory 1775 9:8")
                .containsEntry("deep/file", "regular empty file 4751 12:34").containsEntry("deep/link", "symbolic link 777 56:78");
    }

    @Test
    void theRootHasThePropagationThatIsAskedFor(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("echo root=$(sed -n 's/^[0-9]* [0-9]* [^ ]* [^ ]* \\/ [^ ]* *\\(.*\\)- .*/\\1/p' /proc/self/mountinfo | sed 's/:[0-9]*//g')");
        Map<String, String> wanted = Map.of("private", "", "shared", "shared", "unbindable", "unbindable");
        wanted.forEach((asked, seen) -> {
            bundle.edit("/linux", linux -> linux.put("rootfsPropagation", asked));
            assertThat(told(jrunc, "propagation-" + asked, bundle)).as(asked).containsEntry("root", seen);
        });
    }

    @Test
    void crunsWordsForLinks(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path source = Files.createDirectory(jrunc.folder().resolve("source"));
        Files.writeString(source.resolve("file"), "content\n");
        Files.createSymbolicLink(source.resolve("link"), Path.of("file"));
        Files.createSymbolicLink(bundle.rootfs().resolve("target-link"), Path.of("etc/other"));
        Files.writeString(bundle.rootfs().resolve("etc/other"), "untouched\n");
        bundle.mount("bind", source.resolve("link").toString(), "/etc/copied", "bind", "copy-symlink");
        bundle.mount("bind", source.resolve("link").toString(), "/target-link", "bind", "src-nofollow", "dest-nofollow");
        bundle.mount("bind", source.resolve("link").toString(), "/etc/followed", "bind");
        bundle.writable().shell("echo copied=$(readlink /etc/copied); echo target=$(readlink /target-link); echo other=$(cat /etc/other);"
                + " echo followed=$(cat /etc/followed); echo mounted=$(grep -c ' /target-link ' /proc/self/mountinfo)");
        assertThat(told(jrunc, "words", bundle)).containsEntry("copied", "file").containsEntry("target", "file")
                .containsEntry("other", "untouched").containsEntry("followed", "content").containsEntry("mounted", "1");
    }

    @Test
    void cgroupsOfVersionOneAreBelowOneDirectory(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(!Host.unifiedCgroups(), "needs cgroup v1");
        bundle.namespace("cgroup").shell("cd /sys/fs/cgroup; ls | while read name; do [ -L $name ] && echo link-$name=$(readlink $name) || echo dir-$name=$(stat -fc %t $name);"
                + " done; echo pids=$(grep -c \"^$$\\$\" pids/cgroup.procs); echo flags=$(grep ' /sys/fs/cgroup/pids ' /proc/self/mountinfo | cut -d' ' -f6);"
                + " echo root=$(grep ' /sys/fs/cgroup/pids ' /proc/self/mountinfo | cut -d' ' -f4)");
        Map<String, String> told = told(jrunc, "cgroup1", bundle);
        assertThat(told).containsEntry("dir-pids", "27e0eb").containsEntry("pids", "1").containsEntry("root", "/");
        assertThat(told.get("flags").split(",")).contains("ro", "nosuid", "nodev", "noexec");
        // Without a namespace it is the container's own group all the same, and the host's links are there.
        bundle.withoutNamespace("cgroup");
        Map<String, String> bound = told(jrunc, "cgroup1-bound", bundle);
        assertThat(bound).containsEntry("dir-pids", "27e0eb").containsEntry("pids", "1");
        assertThat(bound.get("root")).endsWith("/" + jrunc.id("cgroup1-bound"));
        assertThat(bound.get("flags").split(",")).contains("ro", "nosuid", "nodev", "noexec");
        Map<String, String> links = links(Path.of("/sys/fs/cgroup"));
        assertThat(told).containsAllEntriesOf(links);
        assertThat(bound).containsAllEntriesOf(links);
    }

    /** Controllers that are mounted together. */
    private static Map<String, String> links(Path folder) throws IOException
    {
        Map<String, String> links = new HashMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path link : entries.filter(Files::isSymbolicLink).toList()) {
                links.put("link-" + link.getFileName(), Files.readSymbolicLink(link).getFileName().toString());
            }
        }
        return links;
    }
}
