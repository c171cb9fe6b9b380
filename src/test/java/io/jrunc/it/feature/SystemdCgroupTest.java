package io.jrunc.it.feature;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;

/** Containers whose cgroups systemd makes. What is asked of it is shown without it, too: SystemdDriverTest and its neighbours. */
@EnabledIf(value = "io.jrunc.it.Host#systemd", disabledReason = "needs systemd as the machine's first process")
@ExtendWith(JruncExtension.class)
class SystemdCgroupTest
{
    private static final String FOREVER = "echo ready; while :; do sleep 1; done";

    @BeforeEach
    void bySystemd(Jrunc jrunc)
    {
        jrunc.withSystemd();
    }

    private static String unit(String id)
    {
        return "it-" + id + ".scope";
    }

    /** The container's unit lies below two slices of a test. */
    private static void place(Bundle bundle, String id)
    {
        bundle.edit("/linux", linux -> linux.put("cgroupsPath", "jruncit-a.slice:it:" + id));
    }

    private static String running(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        place(bundle, id);
        var container = jrunc.create(id, bundle.shell(FOREVER));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        return id;
    }

    private static Map<String, String> show(String unit)
    {
        Map<String, String> properties = new LinkedHashMap<>();
        Host.capture("systemctl", "show", unit).lines().filter(line -> line.contains("=")).forEach(line -> {
            int equals = line.indexOf('=');
            properties.merge(line.substring(0, equals), line.substring(equals + 1), (one, other) -> one + ", " + other);
        });
        return properties;
    }

    /** In the hierarchy that has this controller. */
    private static Path cgroup(String controller, String id)
    {
        Path root = Path.of("/sys/fs/cgroup");
        return (Host.unifiedCgroups() ? root : root.resolve(controller)).resolve("jruncit.slice/jruncit-a.slice").resolve(unit(id));
    }

    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.await("the end of the unit", () -> show(unit(id)).get("LoadState").equals("not-found"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void limitsAreTheUnitsAndTheFilesAndStayWhenSystemdIsReloaded(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux/resources", resources -> {
            resources.putObject("memory").put("limit", 100 << 20);
            resources.putObject("pids").put("limit", 42);
            resources.putObject("cpu").put("quota", 12345).put("period", 100000);
        });
        bundle.edit(config -> config.putObject("annotations").put("org.systemd.property.TimeoutStopSec", "7"));
        String id = running(jrunc, bundle, "limits");
        String memory = Host.unifiedCgroups() ? "memory.max" : "memory.limit_in_bytes";
        assertThat(show(unit(id))).containsEntry("Slice", "jruncit-a.slice").containsEntry("Delegate", "yes").containsEntry("DefaultDependencies", "no")
                .containsEntry("Description", "jrunc container " + id).containsEntry("TasksMax", "42").containsEntry("TimeoutStopUSec", "7s")
                .containsEntry(Host.unifiedCgroups() ? "MemoryMax" : "MemoryLimit", "104857600").containsEntry("CPUQuotaPerSecUSec", "130ms")
                .containsEntry("DevicePolicy", "strict").containsEntry("NeedDaemonReload", "no");
        assertThat(Host.read(cgroup("pids", id).resolve("pids.max").toString())).isEqualTo("42\n");
        assertThat(Host.read(cgroup("memory", id).resolve(memory).toString())).isEqualTo("104857600\n");
        // In every hierarchy, also where systemd keeps no limit.
        assertThat(Host.read("/proc/" + jrunc.pid(id) + "/cgroup").lines()).allMatch(line -> line.endsWith("/jruncit.slice/jruncit-a.slice/" + unit(id)));

        jrunc.run("update", "--memory", "209715200", "--pids-limit", "30", id).expectSuccess();
        Host.capture("systemctl", "daemon-reload");
        assertThat(show(unit(id))).containsEntry("TasksMax", "30").containsEntry("NeedDaemonReload", "no").containsEntry("DevicePolicy", "strict");
        assertThat(Host.read(cgroup("memory", id).resolve(memory).toString())).isEqualTo("209715200\n");
        assertThat(Host.read(cgroup("pids", id).resolve("pids.max").toString())).isEqualTo("30\n");
        assertThat(Host.read("/proc/" + jrunc.pid(id) + "/cgroup").lines()).allMatch(line -> line.endsWith("/" + unit(id)));
        assertThat(jrunc.run("exec", id, "sh", "-c", "head -c 1 /dev/zero >/dev/null && echo there; test -c /dev/ptmx && : </dev/ptmx && echo too").expectSuccess().out())
                .isEqualTo("there\ntoo\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        gone(jrunc, id);
    }

    @Test
    void aContainerIsPausedKilledAndDeletedAsElsewhere(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "life");
        jrunc.run("exec", id, "sh", "-c", "sleep 1000 >/dev/null 2>&1 &").expectSuccess();
        assertThat(jrunc.run("ps", "-f", "json", id).expectSuccess().out()).contains(",");
        jrunc.run("pause", id).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("paused");
        jrunc.run("resume", id).expectSuccess();
        jrunc.run("kill", id, "KILL").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        // The unit goes by itself, sooner or later; nobody minds.
        jrunc.run("delete", id).expectSuccess();
        gone(jrunc, id);
    }

    /** nsdelegate and memory_recursiveprot belong to the whole hierarchy, and any new mount from the first cgroup namespace sets them anew. */
    @Test
    void theHostsMountKeepsItsOptionsWhateverTheContainerMounts(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Supplier<String> options = () -> Host.read("/proc/self/mountinfo").lines().filter(line -> line.contains(" /sys/fs/cgroup ")).map(line -> line.substring(line.lastIndexOf(' '))).findFirst().orElseThrow();
        assumeTrue(options.get().contains("nsdelegate"), "needs a host with such options");
        String before = options.get();
        for (boolean namespace : new boolean[] {true, false}) {
            String id = jrunc.id("options-" + namespace);
            place(bundle, id);
            if (!namespace) {
                bundle.withoutNamespace("cgroup");
            }
            String mount = jrunc.runBundle(id, bundle.process("grep", " /sys/fs/cgroup ", "/proc/self/mountinfo")).expectSuccess().out();
            assertThat(mount).as("criu knows no mounts that hang on the host's").contains(" - cgroup2 ").doesNotContain("master:");
            assertThat(options.get()).as("cgroup namespace: " + namespace).isEqualTo(before);
        }
    }

    @Test
    void withoutAPidNamespaceTheWholeUnitEnds(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("many");
        place(bundle, id);
        jrunc.create(id, bundle.withoutNamespace("pid").shell("sleep 1000 & sleep 1000 & exit 0"));
        jrunc.run("start", id).expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
        gone(jrunc, id);
    }

    @Test
    void aCreateThatFailsLeavesNoUnit(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("failed");
        place(bundle, id);
        bundle.edit("/linux/resources", resources -> resources.putObject("pids").put("limit", 42));
        bundle.edit(config -> config.putObject("hooks").putArray("createRuntime").addObject().put("path", "/bin/false"));
        jrunc.runBundle(id, bundle).expectExit(1).expectFailure("createRuntime hook #0");
        gone(jrunc, id);
    }

    @Test
    void whatSystemdRefusesIsToldAndLeavesNothing(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("refused");
        place(bundle, id);
        bundle.edit(config -> config.putObject("annotations").put("org.systemd.property.NoSuchThing", "1"));
        jrunc.runBundle(id, bundle).expectExit(1).expectFailure("unable to start unit", unit(id), "NoSuchThing");
        gone(jrunc, id);
    }

    /** However alike it is described, as that of a container with another state root is. */
    @Test
    void anotherUnitOfThatNameIsLeftAlone(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("taken");
        place(bundle, id);
        try (Running other = Running.start(List.of("systemd-run", "--scope", "--slice=jruncit-b.slice", "--unit=" + unit(id),
                "--description=jrunc container " + id, "sleep", "1000"), Map.of(), jrunc.folder())) {
            jrunc.await("the other unit", () -> show(unit(id)).get("ActiveState").equals("active"));
            jrunc.runBundle(id, bundle).expectExit(1).expectFailure("systemd already has a unit " + unit(id) + ", which is not this container's");
            assertThat(show(unit(id))).containsEntry("ActiveState", "active").containsEntry("Slice", "jruncit-b.slice");
        }
        gone(jrunc, id);
    }

    @Test
    void aPathOfAnotherFormIsRefused(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux", linux -> linux.put("cgroupsPath", "/a/b"));
        jrunc.runBundle(jrunc.id("path"), bundle).expectExit(1).expectFailure("expected cgroupsPath to be of format \\\"slice:prefix:name\\\" for systemd cgroups, got \\\"/a/b\\\" instead");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anOutOfMemoryKillEndsTheContainerAndItsUnit(Jrunc jrunc, Bundle bundle)
    {
        assumeTrue(Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")), "needs pure cgroup v2");
        String id = jrunc.id("oom");
        place(bundle, id);
        bundle.edit("/linux/resources", resources -> resources.putObject("memory").put("limit", 8 << 20).put("swap", 8 << 20));
        jrunc.runBundle(id, bundle.process("tail", "-c", "64m", "/dev/zero")).expectExit(137);
        gone(jrunc, id);
    }
}
