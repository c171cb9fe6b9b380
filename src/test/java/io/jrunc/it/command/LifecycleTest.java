package io.jrunc.it.command;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** create, start, state, kill, delete, list: one container's way through the state machine. */
@ExtendWith(JruncExtension.class)
class LifecycleTest
{
    private static final String WAIT = "trap 'exit 42' USR1; echo ready; while :; do sleep 0.05; done";

    @Test
    void createdRunningStoppedGone(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("web");
        Running web = jrunc.create(id, bundle.shell(WAIT));
        assertThat(jrunc.status(id)).isEqualTo("created");
        assertThat(web.output()).isEmpty();
        jrunc.run("start", id).expectSuccess();
        web.awaitOutput("ready");
        assertThat(jrunc.status(id)).isEqualTo("running");
        jrunc.run("kill", id, "USR1").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        assertThat(jrunc.field(id, "pid")).isEqualTo("0");
        jrunc.run("delete", id).expectSuccess();
        jrunc.run("state", id).expectFailure("does not exist");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void stateHasItsFieldsInRuncsOrder(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("fields");
        bundle.edit(config -> config.putObject("annotations").put("com.example.a", "b"));
        jrunc.create(id, bundle.process("true"));
        String state = jrunc.run("state", id).expectSuccess().out();
        assertThat(state).doesNotEndWith("\n").startsWith("{\n  \"ociVersion\": \"");
        List<String> keys = state.lines().filter(line -> line.startsWith("  \"")).map(line -> line.substring(3, line.indexOf('"', 3))).toList();
        assertThat(keys).containsExactly("ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner");
        assertThat(jrunc.field(id, "bundle")).isEqualTo(bundle.folder().toString());
        assertThat(jrunc.field(id, "rootfs")).isEqualTo(bundle.rootfs().toString());
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Whoever comes later has nothing else: no process of ours stays with a container. */
    @Test
    void whatIsRememberedLeadsToAllThatAContainerHas(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("state");
        jrunc.create(id, bundle.process("true"));
        int pid = jrunc.pid(id);
        JsonNode state = new JsonMapper().readTree(jrunc.root().resolve(id).resolve("state.json").toFile());
        assertThat(state.path("id").asText()).isEqualTo(id);
        assertThat(state.path("bundle").asText()).isEqualTo(bundle.folder().toString());
        assertThat(state.path("rootfs").asText()).isEqualTo(bundle.rootfs().toString());
        assertThat(state.path("pid").asInt()).isEqualTo(pid);
        String stat = Host.read("/proc/" + pid + "/stat");
        assertThat(state.path("startTime").asText()).as("with the number it says which process").isEqualTo(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]);
        assertThat(Duration.between(Instant.parse(state.path("created").asText()), Instant.now()).abs()).isLessThan(Duration.ofHours(1));
        for (String kind : List.of("mnt", "pid", "net", "ipc", "uts")) {
            assertThat(Files.readSymbolicLink(Path.of(state.path("namespaces").path(kind).asText()))).isEqualTo(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind)));
        }
        List<String> cgroups = state.path("cgroupPaths").valueStream().map(JsonNode::asText).distinct().toList();
        assertThat(cgroups).containsExactlyInAnyOrderElementsOf(Host.cgroups(id));
        assertThat(cgroups).allSatisfy(cgroup -> assertThat(Files.readAllLines(Path.of(cgroup, "cgroup.procs"))).contains(Integer.toString(pid)));
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void whatDoesNotFitTheStateIsRefused(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("order");
        Running created = jrunc.create(id, bundle.shell(WAIT));
        created.output();
        jrunc.run("start", id).expectSuccess();
        created.awaitOutput("ready");
        jrunc.run("start", id).expectExit(1).expectFailure("cannot start an already running container");
        jrunc.run("delete", id).expectExit(1).expectFailure("cannot delete container " + id + " that is not stopped: running");
        bundle.folder();
        jrunc.start("create", "--bundle", bundle.folder().toString(), id).await(ofSeconds(20)).expectFailure("already exists");
        assertThat(jrunc.status(id)).isEqualTo("running");
        jrunc.run("kill", id, "KILL").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("start", id).expectFailure("cannot start a container that has stopped");
        jrunc.run("kill", id).expectExit(1).expectFailure("container not running");
        jrunc.run("kill", "--all", id).expectSuccess();
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void deleteForceEndsARunningContainerAndForgivesAMissingOne(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("forced");
        jrunc.create(id, bundle.shell("trap '' TERM; " + WAIT));
        jrunc.run("start", id).expectSuccess();
        jrunc.run("delete", "--force", id).expectSuccess();
        jrunc.run("delete", "--force", id).expectSuccess();
        jrunc.run("delete", id).expectFailure("container does not exist");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aCreatedContainerCanBeKilledAndDeleted(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("young");
        jrunc.create(id, bundle.process("true"));
        jrunc.run("kill", id, "0").expectSuccess();
        jrunc.run("kill", id, "SIGKILL").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("delete", id).expectSuccess();
        String other = jrunc.id("younger");
        jrunc.create(other, bundle);
        jrunc.run("delete", other).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anUnknownSignalIsNamed(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("signal");
        jrunc.create(id, bundle.process("true"));
        jrunc.run("kill", id, "WALDO").expectExit(1).expectFailure("unknown signal", "WALDO");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void listShowsATableIdsOrJson(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createDirectories(jrunc.root());
        assertThat(jrunc.run("list", "--format", "json").expectSuccess().out()).isEqualTo("null\n");
        String id = jrunc.id("listed");
        jrunc.create(id, bundle.process("true"));
        Files.writeString(jrunc.root().resolve("a-file"), "ignored");
        assertThat(jrunc.run("list", "-q").expectSuccess().out()).isEqualTo(id + "\n");
        String table = jrunc.run("list").expectSuccess().out();
        assertThat(table.lines().findFirst().orElseThrow().split(" +")).containsExactly("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
        assertThat(table).contains(id, "created", "root");
        assertThat(jrunc.run("list", "-f", "json").expectSuccess().out()).startsWith("[{\"ociVersion\":").contains("\"owner\":\"root\"").endsWith("}]\n");
        jrunc.run("list", "-f", "yaml").expectFailure("invalid format option");
        // Whose it is says its directory; a number stands for who has no name here.
        Files.setAttribute(jrunc.root().resolve(id), "unix:uid", 543210);
        assertThat(jrunc.run("list", "-f", "json").expectSuccess().out()).contains("\"owner\":\"#543210\"");
        jrunc.run("delete", "--force", id).expectSuccess();
        Files.delete(jrunc.root().resolve("a-file"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void ofManyCreatesWithOneNameExactlyOneWins(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("race");
        bundle.process("true").write();
        List<Running> racers = IntStream.range(0, 6).mapToObj(i -> jrunc.start("create", "--bundle", bundle.folder().toString(), id)).toList();
        List<io.jrunc.it.Outcome> outcomes = racers.stream().map(r -> r.awaitDetached(ofSeconds(60))).toList();
        assertThat(outcomes.stream().filter(o -> o.exit() == 0)).hasSize(1);
        assertThat(outcomes.stream().filter(o -> o.exit() != 0)).allSatisfy(o -> assertThat(o.err()).contains("already exists"));
        assertThat(jrunc.status(id)).isEqualTo("created");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
