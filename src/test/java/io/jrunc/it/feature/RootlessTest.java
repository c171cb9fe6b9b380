package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;
import io.jrunc.it.UnprivilegedUser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ArrayNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a user of the machine has who is not root: an installation that he can read, and the example of {@code spec --rootless}. */
@ExtendWith(JruncExtension.class)
class RootlessTest
{
    private static PrivateDist dist;
    private static UnprivilegedUser user;
    private Jrunc jrunc;

    @BeforeAll
    static void user()
    {
        dist = PrivateDist.create().readable();
        user = UnprivilegedUser.create();
    }

    @AfterAll
    static void gone()
    {
        try (Jrunc last = Jrunc.as(user, dist, "require")) {
            last.run("engine", "stop");
            last.await("the end of the user's last process", () -> Host.processesOf(user.uid()).isEmpty());
        }
        finally {
            user.close();
            dist.close();
        }
    }

    @BeforeEach
    void of(Jrunc root)
    {
        jrunc = Jrunc.as(user, dist, root.engineElsewhere());
    }

    @AfterEach
    void nothingIsLeft()
    {
        try {
            assertThat(jrunc.leftovers()).isEmpty();
        }
        finally {
            jrunc.close();
        }
    }

    @Test
    void theResidentEngineIsTheUsersOwn(Jrunc root) throws IOException
    {
        assumeFalse(root.engine().equals("off"), "needs a resident engine");
        jrunc.run("--version").expectSuccess();
        jrunc.environment("JRUNC_ENGINE", "require");
        String pid = jrunc.run("engine", "status").expectSuccess().out().lines().filter(line -> line.startsWith("pid: ")).findFirst().orElseThrow().substring(5);
        assertThat(Files.getAttribute(Path.of("/proc", pid), "unix:uid")).isEqualTo(user.uid());
        assertThat(jrunc.runBundle(jrunc.id("served"), jrunc.bundle("--rootless").shell("echo ran")).expectSuccess().out()).isEqualTo("ran\n");
    }

    @Test
    void checkpointsAreTriedWithAWarning()
    {
        jrunc.run("checkpoint", jrunc.id("none")).expectExit(1).expectFailure("jrunc checkpoint is untested with rootless containers", "container does not exist");
    }

    /** The simplest map needs no tool; its price is that nobody inside can change his groups. */
    @Test
    void theOwnIdIsRootAndNothingElseIsMapped()
    {
        Bundle bundle = jrunc.bundle("--rootless").shell("id -u; cat /proc/self/setgroups; sed 's/  */ /g' /proc/self/uid_map /proc/self/gid_map");
        assertThat(jrunc.runBundle(jrunc.id("own"), bundle).expectSuccess().out()).isEqualTo("0\ndeny\n 0 " + user.uid() + " 1\n 0 " + user.gid() + " 1\n");
    }

    /** The kernel lets no user make a device, whatever he is in his namespace. */
    @Test
    void devicesAreTheHosts()
    {
        Bundle bundle = jrunc.bundle("--rootless").shell("for d in null zero full random urandom tty; do test -c /dev/$d && grep \" /dev/$d \" /proc/self/mountinfo | cut -d' ' -f4,5; done; echo x >/dev/null && echo written");
        assertThat(jrunc.runBundle(jrunc.id("devices"), bundle).expectSuccess().out())
                .isEqualTo("/null /dev/null\n/zero /dev/zero\n/full /dev/full\n/random /dev/random\n/urandom /dev/urandom\n/tty /dev/tty\nwritten\n");
        // As a manager asks for all of them.
        bundle.mount("bind", "/dev/null", "/dev/null", "bind").shell("stat -c '%t:%T %u' /dev/null; echo x >/dev/null && echo written");
        assertThat(jrunc.runBundle(jrunc.id("bound"), bundle).expectSuccess().out()).isEqualTo("1:3 65534\nwritten\n");
    }

    /** The tools have privileges that the user has not: what he has in his environment must not reach them. */
    @Test
    void rangesAreMappedByToolsWithAnEmptyEnvironment() throws IOException
    {
        Path tools = Files.createDirectory(jrunc.folder().resolve("tools"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        for (String tool : List.of("newuidmap", "newgidmap")) {
            Path script = tools.resolve(tool);
            Files.writeString(script, "#!/bin/sh\n(echo \"$0\"; /bin/cat /proc/$$/environ) >>" + jrunc.folder() + "/told\nexec /usr/bin/" + tool + " \"$@\"\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        long uids = user.firstSubordinate("/etc/subuid");
        long gids = user.firstSubordinate("/etc/subgid");
        Bundle bundle = jrunc.bundle("--rootless").shell("id -u; id -g; cat /proc/self/setgroups; sed 's/  */ /g' /proc/self/uid_map /proc/self/gid_map");
        bundle.edit("/process", process -> process.putObject("user").put("uid", 1000).put("gid", 1000));
        map(bundle, "uidMappings", uids);
        map(bundle, "gidMappings", gids);
        jrunc.environment("PATH", tools + ":/usr/bin:/bin");
        assertThat(jrunc.runBundle(jrunc.id("ranges"), bundle).expectSuccess().out()).isEqualTo("1000\n1000\nallow\n"
                + " 0 " + user.uid() + " 1\n 1 " + uids + " 65536\n 0 " + user.gid() + " 1\n 1 " + gids + " 65536\n");
        assertThat(Files.readString(jrunc.folder().resolve("told"))).isEqualTo(tools + "/newuidmap\n" + tools + "/newgidmap\n");

        jrunc.environment("PATH", "/nonexistent:" + tools.resolve("none"));
        jrunc.runBundle(jrunc.id("tool"), bundle).expectExit(1).expectFailure("linux.uidMappings: mapping tool not present: newuidmap");
        jrunc.environment("PATH", "/usr/bin:/bin");
        map(bundle, "uidMappings", uids + 65536);
        jrunc.runBundle(jrunc.id("others"), bundle).expectExit(1).expectFailure("linux.uidMappings: newuidmap failed: newuidmap: uid range [1-65537) -> [" + (uids + 65536) + "-" + (uids + 2 * 65536) + ") not allowed");
    }

    private static void map(Bundle bundle, String kind, long first)
    {
        bundle.edit("/linux", linux -> ((ArrayNode) linux.get(kind)).remove(1));
        bundle.edit("/linux", linux -> linux.withArray("/" + kind).addObject().put("containerID", 1).put("hostID", first).put("size", 65536));
    }

    /** He can make no cgroup here; the container runs where he is. */
    @Test
    void withoutPermissionForCgroupsAContainerLivesInItsCallersGroup()
    {
        String id = jrunc.id("life");
        Bundle bundle = jrunc.bundle("--rootless").shell("echo ready; while :; do sleep 1; done");
        var container = jrunc.create(id, bundle);
        assertThat(Host.cgroups(id)).isEmpty();
        assertThat(Host.read("/proc/" + jrunc.pid(id) + "/cgroup")).isEqualTo(Host.read("/proc/self/cgroup"));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        assertThat(jrunc.run("exec", id, "id", "-u").expectSuccess().out()).isEqualTo("0\n");
        jrunc.run("pause", id).expectExit(1).expectFailure("has no cgroup of its own, so it cannot be paused");
        Running events = jrunc.start("events", "--interval", "50ms", id).awaitOutput("\"pids\":{}");
        jrunc.run("kill", id, "KILL").expectSuccess();
        events.await(Duration.ofSeconds(20)).expectSuccess();
        assertThat(events.errors()).contains("container \\\"" + id + "\\\" has no cgroup of its own, so nothing is counted");
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
    }

    /** On version 1 without a cgroup namespace: not that of a group that could not be made, and nothing to write to. */
    @Test
    void theCgroupMountThenShowsTheCallersGroupReadOnly() throws IOException
    {
        assumeTrue(Host.hasController("pids") && !Host.unifiedCgroups(), "needs cgroup v1 with the controller pids");
        Path given = Files.createDirectory(Path.of("/sys/fs/cgroup/pids", jrunc.id("given")));
        try {
            Host.capture("chown", "-R", user.uid() + ":" + user.gid(), given.toString());
            Host.capture("chmod", "500", given.toString());
            jrunc.run("--version").expectSuccess();
            jrunc.inCgroup(given);
            Bundle bundle = jrunc.bundle("--rootless").shell("cd /sys/fs/cgroup/pids; grep -c . cgroup.procs; mkdir sub 2>&1; grep ' /sys/fs/cgroup/pids ' /proc/self/mountinfo | tail -n 1 | cut -d' ' -f4,6");
            assertThat(jrunc.runBundle(jrunc.id("callers"), bundle).expectSuccess().out().lines().skip(1))
                    .containsExactly("mkdir: can't create directory 'sub': Read-only file system", "/" + given.getFileName() + " ro,nosuid,nodev,noexec,relatime");
        }
        finally {
            jrunc.await("the end of all who are in it", () -> given.toFile().delete());
        }
    }

    /** Nothing then says which processes are the container's. */
    @Test
    void killSaysWhenItMayLeaveProcesses()
    {
        String id = jrunc.id("shared");
        Bundle bundle = jrunc.bundle("--rootless").withoutNamespace("pid").process("sleep", "1000");
        ((ArrayNode) bundle.config().get("mounts")).remove(0);
        jrunc.create(id, bundle.mount("bind", "/proc", "/proc", "rbind"));
        assertThat(jrunc.run("kill", id, "KILL").expectSuccess().err()).contains("may leave processes behind", "Hint: enable cgroup v2 delegation");
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
    }

    @Test
    void limitsAndAPathWithoutPermissionAreErrors()
    {
        Bundle bundle = jrunc.bundle("--rootless");
        String controller = List.of("pids", "hugetlb", "memory").stream().filter(Host::hasController).findFirst().orElseThrow();
        bundle.edit("/linux/resources", resources -> {
            switch (controller) {
                case "pids" -> resources.putObject("pids").put("limit", 10);
                case "memory" -> resources.putObject("memory").put("limit", 1 << 26);
                default -> resources.putArray("hugepageLimits").addObject().put("pageSize", "2MB").put("limit", 4 << 20);
            }
        });
        var limited = jrunc.runBundle(jrunc.id("limits"), bundle).expectExit(1);
        limited.expectFailure(Host.unifiedCgroups() ? "rootless needs no limits + no cgrouppath when no permission is granted for cgroups"
                : "cannot set pids limit: container could not join or create cgroup");
        bundle.edit("/linux", linux -> linux.remove("resources")).edit("/linux", linux -> linux.put("cgroupsPath", "/" + jrunc.id("path")));
        jrunc.runBundle(jrunc.id("path"), bundle).expectExit(1).expectFailure("cannot create cgroup", "permission denied");
    }

    /** Being unprivileged is one thing, going on without cgroups another: it can be refused. */
    @Test
    void aUserMayInsistOnCgroups()
    {
        Bundle bundle = jrunc.bundle("--rootless").shell("echo ran");
        bundle.write();
        jrunc.run("--rootless=false", "run", "--bundle", bundle.folder().toString(), jrunc.id("strict")).expectExit(1).expectFailure("cannot create cgroup", "permission denied");
    }

    @Test
    void whatAUserCannotHaveIsToldTogether()
    {
        Bundle bundle = jrunc.bundle("--rootless").mount("tmpfs", "tmpfs", "/tmp", "uid=5", "gid=0");
        bundle.edit("/process", process -> process.putObject("user").put("uid", 0).put("gid", 0).putArray("additionalGids").add(0));
        jrunc.runBundle(jrunc.id("all"), bundle).expectExit(1).expectFailure("cannot set any additional groups in a rootless container",
                "cannot specify uid=5 mount option for rootless container");
        bundle.edit("/linux", linux -> linux.putArray("uidMappings"));
        jrunc.runBundle(jrunc.id("maps"), bundle).expectExit(1).expectFailure("user namespaces enabled, but no uid mappings found");
        bundle.withoutNamespace("user").edit("/linux", linux -> linux.remove(List.of("uidMappings", "gidMappings")));
        jrunc.runBundle(jrunc.id("none"), bundle).expectExit(1).expectFailure("rootless container requires user namespaces");
    }

    /** The example binds the host's /sys: a group of the host that was given to its user must not be writable in there. CVE-2023-25809. */
    @Test
    void noGroupOfTheHostIsWritableInAContainer() throws IOException
    {
        Path given = Path.of(Host.unifiedCgroups() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids", jrunc.id("given"));
        Files.createDirectory(given);
        try {
            Host.capture("chown", user.uid() + ":" + user.gid(), given.toString());
            Bundle bundle = jrunc.bundle("--rootless").shell("find /sys/fs/cgroup -type d | while read d; do mkdir $d/probe 2>/dev/null && rmdir $d/probe && echo $d; done; echo looked");
            assertThat(jrunc.runBundle(jrunc.id("shared"), bundle).expectSuccess().out()).isEqualTo("looked\n");
            assertThat(jrunc.runBundle(jrunc.id("own"), bundle.namespace("cgroup")).expectSuccess().out()).isEqualTo("looked\n");
            bundle.edit(config -> ((ArrayNode) config.get("mounts")).remove(6));
            assertThat(jrunc.runBundle(jrunc.id("control"), bundle).expectSuccess().out()).as("what this test would see").contains(given.toString());
        }
        finally {
            Files.delete(given);
        }
    }

    /** Part of the tree was given to the user: limits work. Only who is privileged may limit devices; that they are not is no error. */
    @Test
    void limitsWorkInAGroupThatWasDelegatedAndDeviceRulesAreTolerated() throws IOException
    {
        String id = jrunc.id("delegated");
        jrunc.run("--version").expectSuccess();
        List<Path> groups = Host.delegate(id, user.uid());
        try {
            jrunc.inCgroup(groups.getFirst().resolve("caller"));
            Bundle bundle = jrunc.bundle("--rootless").shell("echo ready; while :; do sleep 1; done");
            bundle.edit("/linux", linux -> linux.put("cgroupsPath", "/" + id + "/container"));
            bundle.edit("/linux/resources", resources -> resources.putArray("devices").addObject().put("allow", false).put("access", "rwm"));
            boolean pids = Host.hasController("pids");
            assumeTrue(pids || Host.hasController("hugetlb"), "needs the cgroup controller pids or hugetlb");
            bundle.edit("/linux/resources", resources -> {
                if (pids) {
                    resources.putObject("pids").put("limit", 20);
                }
                else {
                    resources.putArray("hugepageLimits").addObject().put("pageSize", "2MB").put("limit", 4 << 20);
                }
            });
            bundle.write();
            jrunc.run("--rootless=false", "run", "--bundle", bundle.folder().toString(), id).expectExit(1).expectFailure("device", "operation not permitted");
            var container = jrunc.create(id, bundle);
            jrunc.run("start", id).expectSuccess();
            container.awaitOutput("ready");
            Path group = Path.of(Host.unifiedCgroups() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids", id, "container");
            assertThat(Files.readString(group.resolve(pids ? "pids.max" : "hugetlb.2MB.max"))).isEqualTo(pids ? "20\n" : "4194304\n");
            assertThat(Files.readAllLines(group.resolve("cgroup.procs"))).contains(Integer.toString(jrunc.pid(id)));
            assertThat(jrunc.run("exec", id, "id", "-u").expectSuccess().out()).isEqualTo("0\n");
            accessIsTakenAway(id, groups);
            jrunc.run("delete", "--force", id).expectSuccess();
            assertThat(groups).noneMatch(given -> Files.exists(given.resolve("container")));
        }
        finally {
            Host.removeGroups(groups);
        }
    }

    private void accessIsTakenAway(String id, List<Path> groups)
    {
        List<Path> doors = groups.stream().map(group -> group.resolve("container")).flatMap(group -> Stream.of(group.resolve("cgroup.procs"), group.resolve("tasks"))).filter(Files::exists).toList();
        doors.forEach(door -> Host.capture("chown", "root", door.toString()));
        assertThat(jrunc.run("exec", id, "echo", "outside").expectSuccess().out()).as("a process that may not join").isEqualTo("outside\n");
        doors.forEach(door -> Host.capture("chown", Integer.toString(user.uid()), door.toString()));
        String hint = "failure might be caused by lack of full access to cgroups";
        String freezer = Host.unifiedCgroups() ? "/sys/fs/cgroup/%s/container/cgroup.freeze" : "/sys/fs/cgroup/freezer/%s/container/freezer.state";
        Path notifier = Path.of("/sys/fs/cgroup/memory", id, "container/cgroup.event_control");
        if (Files.exists(notifier)) {
            Host.capture("chown", "root", notifier.toString());
            Running events = jrunc.start("events", "--interval", "50ms", id).awaitOutput("\"type\":\"stats\"");
            jrunc.await("the warning", () -> events.errors().contains("it cannot be told when container \\\"" + id + "\\\" runs out of memory: ") && events.errors().contains("permission denied"));
            events.process().destroy();
            events.await(Duration.ofSeconds(20));
        }
        if (!Files.exists(Path.of(freezer.formatted(id)))) {
            return;     // version 1 without that controller
        }
        Host.capture("chown", "root", freezer.formatted(id));
        assertThat(jrunc.run("pause", id).expectExit(1).expectFailure("permission denied").err()).contains("jrunc pause " + hint);
        assertThat(jrunc.status(id)).isEqualTo("running");
        Host.capture("chown", Integer.toString(user.uid()), freezer.formatted(id));
        assertThat(jrunc.run("pause", id).expectSuccess().err()).doesNotContain(hint);
        Host.capture("chown", "root", freezer.formatted(id));
        assertThat(jrunc.run("resume", id).expectExit(1).expectFailure("permission denied").err()).contains("jrunc resume " + hint);
        Host.capture("chown", Integer.toString(user.uid()), freezer.formatted(id));
    }

    /** As in podman unshare: what is installed belongs to nobody there, cgroups are not ours, devices cannot be made, and all else is as for root. */
    @Test
    void rootOfAnOuterUserNamespaceRunsWhatRootRuns()
    {
        jrunc.asOuterRoot().withoutRoot().environment("USER", "somebody");
        String id = jrunc.id("outer");
        Bundle bundle = jrunc.bundle().shell("sed 's/  */ /g' /proc/self/uid_map; grep -c ' /dev/null ' /proc/self/mountinfo; hostname; trap 'exit 42' TERM; echo ready; while :; do sleep 0.1; done");
        bundle.config().put("hostname", "outer");
        bundle.edit("/process", process -> process.withObject("/user").putArray("additionalGids").add(5));
        var run = jrunc.startRun(id, bundle).awaitOutput("ready");
        assertThat(run.output()).isEqualTo(" 0 " + user.uid() + " 1\n 1 " + user.firstSubordinate("/etc/subuid") + " 65535\n1\nouter\nready\n");
        assertThat(user.runtimeDirectory().resolve("jrunc").resolve(id)).isDirectory();
        assertThat(Host.cgroups(id)).isEmpty();
        run.process().destroy();
        run.await(Duration.ofSeconds(10)).expectExit(42);
        assertThat(user.runtimeDirectory().resolve("jrunc")).isEmptyDirectory();

        bundle.config().withObject("/linux").put("cgroupsPath", "/" + id);
        jrunc.runBundle(id, bundle).expectExit(1).expectFailure("cannot create cgroup", "permission denied");
        assertThat(user.runtimeDirectory().resolve("jrunc")).isEmptyDirectory();
    }
}
