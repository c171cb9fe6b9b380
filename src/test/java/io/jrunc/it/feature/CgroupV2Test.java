package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;

/** What containers have of a host with cgroup v2 alone. Controllers differ from host to host: a test uses one that is there. */
@EnabledIf(value = "io.jrunc.it.Host#unifiedCgroups", disabledReason = "needs pure cgroup v2: scripts/cgroup2")
@ExtendWith(JruncExtension.class)
class CgroupV2Test
{
    private static final String FOREVER = "echo ready; while :; do sleep 1; done";

    private static String running(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        var container = jrunc.create(id, bundle.shell(FOREVER));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        return id;
    }

    /** The container's cgroup on the host. */
    private static Path cgroup(String id)
    {
        assertThat(Host.cgroups(id)).hasSize(1);
        return Path.of(Host.cgroups(id).getFirst());
    }

    private static String anyController(Path cgroup) throws IOException
    {
        String controllers = Files.readString(cgroup.resolve("cgroup.controllers")).strip();
        assumeTrue(!controllers.isEmpty(), "needs a controller that is not used in a version 1 hierarchy");
        return controllers.split(" ")[0];
    }

    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void realTimeValuesAreLeftOutAloud(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux/resources/cpu", cpu -> cpu.put("realtimeRuntime", 20000).put("realtimePeriod", 500000)).process("true");
        assertThat(jrunc.runBundle(jrunc.id("realtime"), bundle).expectSuccess().err()).contains("level=warning", "ignoring linux.resources.cpu.realtimeRuntime");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** As a container with systemd in it does: its processes are in groups below, and its own group holds none any more. */
    @Test
    void anExecGoesWhereTheFirstProcessIsOnceTheContainerHasGroupsOfItsOwn(Jrunc unused, Bundle bundle) throws IOException
    {
        try (PrivateDist patient = PrivateDist.create("-Djrunc.deadline.step.seconds=600"); Jrunc jrunc = Jrunc.of(patient.runtime(), unused.engineElsewhere())) {
            inGroupsOfItsOwn(jrunc, bundle);
        }
    }

    private static void inGroupsOfItsOwn(Jrunc jrunc, Bundle bundle) throws IOException
    {
        // One process: nobody comes or ends while they are moved.
        String id = jrunc.id("inner");
        jrunc.runDetached(id, bundle.process("sleep", "1000"));
        assertThat(jrunc.run("exec", id, "grep", "^0:", "/proc/self/cgroup").expectSuccess().out()).isEqualTo("0::/\n");
        Path cgroup = cgroup(id);
        Files.createDirectory(cgroup.resolve("other"));
        Files.createDirectory(cgroup.resolve("init.scope"));
        for (String pid : Files.readAllLines(cgroup.resolve("cgroup.procs"))) {
            Files.writeString(cgroup.resolve("init.scope/cgroup.procs"), pid);
        }
        assertThat(jrunc.run("exec", id, "grep", "^0:", "/proc/self/cgroup").expectSuccess().out()).as("it can still hold processes").isEqualTo("0::/\n");
        Files.writeString(cgroup.resolve("cgroup.subtree_control"), "+" + anyController(cgroup));

        assertThat(jrunc.run("exec", id, "grep", "^0:", "/proc/self/cgroup").expectSuccess().out()).isEqualTo("0::/init.scope\n");
        assertThat(jrunc.run("exec", "--cgroup", "other", id, "grep", "^0:", "/proc/self/cgroup").expectSuccess().out()).isEqualTo("0::/other\n");
        // Nobody waits, for ten minutes here, for the end of a process that was never made.
        jrunc.start("exec", "--cgroup", "/", id, "true").await(Duration.ofSeconds(20)).expectExit(255).expectFailure("clone3", "device or resource busy");
        jrunc.run("exec", "--cgroup", "absent", id, "true").expectExit(255).expectFailure("absent", "no such file or directory");
        gone(jrunc, id);
    }

    @Test
    void theMountShowsTheContainersOwnGroupAndIsReadOnly(Jrunc jrunc, Bundle bundle)
    {
        String out = jrunc.runBundle(jrunc.id("own"), bundle.shell(
                "grep ' /sys/fs/cgroup ' /proc/self/mountinfo; cat /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/sub 2>&1")).expectExit(1).out();
        assertThat(out.lines().toList()).hasSize(4)
                .satisfies(lines -> assertThat(lines.get(0)).contains(" / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime ").contains(" - cgroup2 cgroup "))
                .satisfies(lines -> assertThat(lines.get(1)).isEqualTo("1"))
                .satisfies(lines -> assertThat(lines.get(3)).endsWith("Read-only file system"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** A new mount from the first cgroup namespace would change the options of all: SystemdCgroupTest sees to that where the host has some. */
    @Test
    void withoutACgroupNamespaceTheMountIsTheHostsOwn(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Files.readSymbolicLink(Path.of("/proc/self/ns/cgroup")).toString().equals("cgroup:[4026531835]"), "needs the first cgroup namespace");
        String id = jrunc.id("shared");
        Optional<String> host = Files.readString(Path.of("/proc/self/mountinfo")).lines()
                .filter(line -> line.contains(" / /sys/fs/cgroup ") && line.contains(" - cgroup2 ")).findFirst();
        assumeTrue(host.isPresent(), "needs a view of the whole hierarchy");
        String out = jrunc.runBundle(id, bundle.withoutNamespace("cgroup").shell(
                "grep ' /sys/fs/cgroup ' /proc/self/mountinfo; find /sys/fs/cgroup -name %s; mkdir /sys/fs/cgroup/sub 2>&1".formatted(id))).expectExit(1).out();
        assertThat(out.lines().toList()).hasSize(3)
                .satisfies(lines -> assertThat(lines.get(0)).contains(" / /sys/fs/cgroup ro,nosuid,nodev,noexec").doesNotContain("master:", "shared:")
                        .endsWith(host.get().substring(host.get().indexOf(" - "))))
                .satisfies(lines -> assertThat(lines.get(1)).endsWith("/" + id))
                .satisfies(lines -> assertThat(lines.get(2)).endsWith("Read-only file system"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** The kernel gives a user namespace no mount of a cgroup namespace that is not its own: the host's is bound instead. */
    @Test
    void withoutACgroupNamespaceAUserNamespaceGetsTheHostsMount(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("host");
        bundle.withoutNamespace("cgroup");
        userNamespace(bundle);
        String out = jrunc.runBundle(id, bundle.shell("grep ' /sys/fs/cgroup ' /proc/self/mountinfo; own=$(find /sys/fs/cgroup -maxdepth 6 -name %s); echo own=$own; rmdir $own 2>&1".formatted(id)))
                .expectExit(1).out();
        assertThat(out).contains(" - cgroup2 ", "/" + id + "\n", "Read-only file system").containsPattern("(?m)^own=/sys/fs/cgroup/");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aWritableMountMakesTheUserOfTheContainerOwnItsGroup(Jrunc jrunc, Bundle bundle) throws IOException
    {
        userNamespace(bundle);
        bundle.edit("/process", process -> process.putObject("user").put("uid", 1000).put("gid", 1000));
        bundle.config().withArray("/mounts").forEach(mount -> {
            if (mount.path("type").asText().equals("cgroup")) {
                ((com.fasterxml.jackson.databind.node.ObjectNode) mount).putArray("options").add("nosuid").add("rw");
            }
        });
        String id = jrunc.id("given");
        var container = jrunc.create(id, bundle.shell("mkdir /sys/fs/cgroup/sub && echo $$ > /sys/fs/cgroup/sub/cgroup.procs && grep ^0: /proc/self/cgroup; "
                + "test -w /sys/fs/cgroup/cgroup.freeze || echo ready; while :; do sleep 1; done"));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        assertThat(container.output()).isEqualTo("0::/sub\nready\n");
        Path cgroup = Path.of(Host.cgroups(id).getFirst());
        assertThat(Files.getAttribute(cgroup, "unix:uid")).isEqualTo(101000);
        assertThat(Files.getAttribute(cgroup.resolve("cgroup.procs"), "unix:uid")).isEqualTo(101000);
        assertThat(Files.getAttribute(cgroup.resolve("cgroup.freeze"), "unix:uid")).isEqualTo(0);
        gone(jrunc, id);
    }

    @Test
    void aReadOnlyMountGivesNothingAway(Jrunc jrunc, Bundle bundle) throws IOException
    {
        userNamespace(bundle);
        bundle.edit("/process", process -> process.putObject("user").put("uid", 1000).put("gid", 1000));
        String id = running(jrunc, bundle, "kept");
        assertThat(Files.getAttribute(cgroup(id), "unix:uid")).isEqualTo(0);
        gone(jrunc, id);
    }

    /** Without a pid namespace the end of the first process takes nobody along. */
    @Test
    void killReachesEveryProcessOfAContainerThatSharesTheHostsPids(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("many");
        var container = jrunc.create(id, bundle.withoutNamespace("pid").shell("for i in 1 2 3 4 5; do setsid sh -c 'sleep 1000 & sleep 1000' & done; echo ready; sleep 1000"));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        Path cgroup = cgroup(id);
        jrunc.await("eleven processes", () -> Host.text(cgroup.resolve("cgroup.procs").toString()).lines().count() >= 11);
        jrunc.run("pause", id).expectSuccess();
        jrunc.run("kill", id, "KILL").expectSuccess();
        jrunc.await("the end of all", () -> Host.text(cgroup.resolve("cgroup.events").toString()).contains("populated 0"));
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void limitsOfAControllerThatIsThereAreReadBack(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Host.hasController("hugetlb") && Files.isDirectory(Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB")), "needs the cgroup controller hugetlb and pages of 2 MiB");
        bundle.edit("/linux/resources", resources -> {
            resources.putArray("hugepageLimits").addObject().put("pageSize", "2MB").put("limit", 4 << 20);
            resources.putObject("unified").put("hugetlb.2MB.rsvd.max", "8388608");
        });
        String id = running(jrunc, bundle, "limits");
        assertThat(Files.readString(cgroup(id).resolve("hugetlb.2MB.max"))).isEqualTo("4194304\n");
        assertThat(Files.readString(cgroup(id).resolve("hugetlb.2MB.rsvd.max"))).isEqualTo("8388608\n");
        assertThat(jrunc.run("events", "--stats", id).expectSuccess().out()).containsPattern("\"2MB\":\\{[^}]*\"failcnt\":0");
        gone(jrunc, id);
    }

    @Test
    void limitsOfTheUsualControllersAreReadBack(Jrunc jrunc, Bundle bundle)
    {
        for (String controller : List.of("memory", "pids", "cpu", "cpuset")) {
            assumeTrue(Host.hasController(controller), "needs the cgroup controller " + controller);
        }
        bundle.edit("/linux/resources", resources -> {
            resources.putObject("memory").put("limit", 64 << 20).put("swap", 96 << 20).put("reservation", 16 << 20);
            resources.putObject("pids").put("limit", 33);
            resources.putObject("cpu").put("shares", 2048).put("quota", 20000).put("period", 50000).put("cpus", "0").put("mems", "0");
        });
        String id = running(jrunc, bundle, "usual");
        String cgroup = cgroup(id).toString();
        Map<String, String> wanted = Map.of("memory.max", "67108864", "memory.swap.max", "33554432", "memory.low", "16777216", "pids.max", "33", "cpu.weight", "174",
                "cpu.max", "20000 50000", "cpuset.cpus", "0", "cpuset.mems", "0");
        wanted.forEach((file, text) -> assertThat(Host.read(cgroup + "/" + file)).as(file).isEqualTo(text + "\n"));
        jrunc.run("update", "--memory", "33554432", "--pids-limit", "44", "--cpu-quota", "10000", id).expectSuccess();
        Map<String, String> then = Map.of("memory.max", "33554432", "pids.max", "44", "cpu.max", "10000 50000", "cpu.weight", "174", "memory.low", "16777216");
        then.forEach((file, text) -> assertThat(Host.read(cgroup + "/" + file)).as("updated " + file).isEqualTo(text + "\n"));
        gone(jrunc, id);
    }

    @Test
    void aLimitWithoutItsControllerIsAnErrorAndLeavesNothing(Jrunc jrunc, Bundle bundle)
    {
        String absent = List.of("misc", "rdma", "memory", "nosuch").stream().filter(name -> !Host.hasController(name)).findFirst().orElseThrow();
        bundle.edit("/linux/resources", resources -> resources.putObject("unified").put(absent + ".max", "1"));
        jrunc.runBundle(jrunc.id("absent"), bundle).expectExit(1)
                .expectFailure("unified resource \\\"" + absent + ".max\\\" can't be set: controller \\\"" + absent + "\\\" not available");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anOutOfMemoryKillIsTold(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Host.hasController("memory"), "needs the cgroup controller memory");
        bundle.edit("/linux/resources", resources -> resources.putObject("memory").put("limit", 4 << 20).put("swap", 4 << 20));
        String id = jrunc.id("oom");
        jrunc.runDetached(id, bundle.shell("until [ -e /go ]; do sleep 0.05; done; exec tail -c 64m /dev/zero"));
        var events = jrunc.start("events", "--interval", "50ms", id).awaitOutput("\"type\":\"stats\"");
        Files.createFile(bundle.rootfs().resolve("go"));
        events.awaitOutput("{\"type\":\"oom\",\"id\":\"" + id + "\"}");
        jrunc.run("delete", "--force", id).expectSuccess();
        events.await(Duration.ofSeconds(20)).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static void userNamespace(Bundle bundle)
    {
        bundle.namespace("user").edit("/linux", linux -> {
            for (String kind : List.of("uidMappings", "gidMappings")) {
                linux.putArray(kind).addObject().put("containerID", 0).put("hostID", 100000).put("size", 65536);
            }
        });
        Host.capture("chown", "-R", "-h", "100000:100000", bundle.rootfs().toString());
        Host.capture("chmod", "711", bundle.folder().getParent().toString(), bundle.folder().toString());
    }
}
