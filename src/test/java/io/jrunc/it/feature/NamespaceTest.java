package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code linux.namespaces}: new, shared and joined by path. Source: OCI config-linux.md#namespaces. */
@ExtendWith(JruncExtension.class)
class NamespaceTest
{
    private static final String LINKS = "for n in ipc mnt net pid uts cgroup user time; do readlink /proc/self/ns/$n; done";

    @Test
    void listedOnesAreNewAndOthersAreTheCallers(Jrunc jrunc, Bundle bundle)
    {
        bundle.namespace("cgroup").shell(LINKS);
        String[] inside = jrunc.runBundle(jrunc.id("new"), bundle).expectSuccess().out().split("\n");
        String[] ours = Host.capture("sh", "-c", LINKS).split("\n");
        for (int i = 0; i < 6; i++) {
            assertThat(inside[i]).isNotEqualTo(ours[i]);
        }
        assertThat(inside[6]).isEqualTo(ours[6]);
        assertThat(inside[7]).isEqualTo(ours[7]);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** The first one's is made with its process, a later one's by an engine that stays, ahead: nobody can tell. */
    @Test
    void aNewNetworkIsOfOneContainerAloneAndHasALoopbackThatIsUp(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.shell("readlink /proc/self/ns/net; cat /sys/class/net/lo/flags; cut -d: -f1 /proc/net/dev | tail -n +3 | grep -cw eth0; sleep 1000");
        Set<String> networks = new HashSet<>();
        networks.add(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(jrunc.startRun(jrunc.id("net" + i), bundle).awaitOutput("0x9\n0\n"));
            networks.add(running.getLast().output().split("\n")[0]);
        }
        assertThat(networks).hasSize(5);
        for (int i = 0; i < 4; i++) {
            jrunc.run("delete", "--force", jrunc.id("net" + i)).expectSuccess();
            running.get(i).await(ofSeconds(30));
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Whoever mounts it decides what its root is: before the container is in its namespace that would be the host's. */
    @Test
    void aCgroupFileSystemBeforeAllOtherMountsShowsNoGroupOfTheHost(Jrunc jrunc, Bundle bundle)
    {
        bundle.namespace("cgroup").shell("grep ' /groups ' /proc/self/mountinfo");
        ((ArrayNode) bundle.config().get("mounts")).insertObject(0).put("destination", "/groups").put("type", "cgroup2").put("source", "cgroup2").putArray("options").add("ro");
        assertThat(jrunc.runBundle(jrunc.id("own"), bundle).expectSuccess().out()).contains(" / /groups ro");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void thoseOfAnotherContainerAreJoined(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String first = jrunc.id("first");
        jrunc.create(first, bundle.process("true"));
        int pid = jrunc.pid(first);
        Bundle second = jrunc.bundle();
        for (String[] kind : new String[][] {{"network", "net"}, {"ipc", "ipc"}, {"uts", "uts"}, {"pid", "pid"}}) {
            second.namespace(kind[0], "/proc/" + pid + "/ns/" + kind[1]);
        }
        second.config().remove("hostname");
        second.shell("for n in net ipc uts pid; do readlink /proc/self/ns/$n; done");
        StringBuilder expected = new StringBuilder();
        for (String kind : new String[] {"net", "ipc", "uts", "pid"}) {
            expected.append(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind))).append('\n');
        }
        assertThat(jrunc.runBundle(jrunc.id("second"), second).expectSuccess().out()).isEqualTo(expected.toString());
        jrunc.run("delete", "--force", first).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aHostnameInAJoinedNamespaceIsSetForAllWhoAreThere(Jrunc jrunc, Bundle bundle)
    {
        String first = jrunc.id("names");
        bundle.config().put("hostname", "first");
        int pid = jrunc.runDetached(first, bundle.process("sleep", "1000"));
        Bundle second = jrunc.bundle().namespace("uts", "/proc/" + pid + "/ns/uts");
        second.config().put("hostname", "second");
        assertThat(jrunc.runBundle(jrunc.id("joined"), second.process("hostname")).expectSuccess().out()).isEqualTo("second\n");
        assertThat(Host.capture("nsenter", "-t", Integer.toString(pid), "-u", "uname", "-n")).isEqualTo("second\n");
        jrunc.run("delete", "--force", first).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Children are made twice where a pid namespace is joined: of the two the first has ended, and its parent has seen it end. */
    @Test
    void theProcessBetweenIsReapedWhereAPidNamespaceIsJoined(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String first = jrunc.id("pids");
        int pid = jrunc.runDetached(first, bundle.process("sleep", "1000"));
        Bundle second = jrunc.bundle().namespace("pid", "/proc/" + pid + "/ns/pid").shell("echo ready; sleep 1000");
        String joined = jrunc.id("joined");
        Path file = jrunc.folder().resolve("pid");
        Running run = jrunc.startRun(joined, second, "--pid-file", file.toString()).awaitOutput("ready");
        assertReaped(jrunc, run, Files.readString(file));
        Running exec = jrunc.start("exec", "--pid-file", file.toString(), first, "sh", "-c", "echo ready; sleep 1000").awaitOutput("ready");
        assertReaped(jrunc, exec, Files.readString(file));
        jrunc.run("delete", "--force", joined).expectSuccess();
        jrunc.run("delete", "--force", first).expectSuccess();
        run.awaitExit(ofSeconds(20));
        exec.awaitExit(ofSeconds(20));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static void assertReaped(Jrunc jrunc, Running launcher, String process)
    {
        assertThat(children(launcher)).anyMatch(child -> child.startsWith(process + " "));
        jrunc.await("the process between to be reaped", () -> children(launcher).stream().noneMatch(child -> child.endsWith(" Z")));
    }

    /** Number and state of each; a one-shot engine is among them, and so is who has ended and was not waited for. */
    private static List<String> children(Running launcher)
    {
        long pid = launcher.process().pid();
        return Stream.of(Host.read("/proc/" + pid + "/task/" + pid + "/children").split(" ")).map(child -> {
            String stat = Host.text("/proc/" + child + "/stat");
            return child + stat.substring(stat.lastIndexOf(')') + 1, stat.lastIndexOf(')') + 3);
        }).toList();
    }

    @Test
    void aPathOfAnotherKindIsRefusedWithItsPlace(Jrunc jrunc, Bundle bundle)
    {
        bundle.namespace("network", "/proc/self/ns/ipc").process("true");
        jrunc.runBundle(jrunc.id("wrong"), bundle).expectExit(1).expectFailure("linux.namespaces", "/proc/self/ns/ipc");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aUserNamespaceMapsTheContainersRoot(Jrunc jrunc, Bundle bundle) throws IOException
    {
        mapped(jrunc, bundle);
        bundle.shell("id -u; cat /proc/self/uid_map; echo x > /dev/null && echo null works; touch /tmp/mine; stat -c %u /tmp/mine").writable();
        String out = jrunc.runBundle(jrunc.id("userns"), bundle).expectSuccess().out();
        assertThat(out.replaceAll(" +", " ")).isEqualTo("0\n 0 100000 65536\nnull works\n0\n");
        assertThat(Files.getAttribute(bundle.rootfs().resolve("tmp/mine"), "unix:uid")).isEqualTo(100000);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static void mapped(Jrunc jrunc, Bundle bundle)
    {
        bundle.namespace("user").edit("/linux", linux -> {
            for (String map : new String[] {"uidMappings", "gidMappings"}) {
                linux.putArray(map).addObject().put("containerID", 0).put("hostID", 100000).put("size", 65536);
            }
        });
        owned(jrunc, bundle);
    }

    private static void owned(Jrunc jrunc, Bundle bundle)
    {
        Host.capture("chown", "-R", "-h", "100000:100000", bundle.rootfs().toString());
        Host.capture("chmod", "711", jrunc.folder().toString());
    }

    @Test
    void inAJoinedUserNamespaceTheContainersRootIsItsRoot(Jrunc jrunc, Bundle bundle) throws IOException
    {
        mapped(jrunc, bundle);
        String first = jrunc.id("users");
        int pid = jrunc.runDetached(first, bundle.process("sleep", "1000"));
        Bundle second = jrunc.bundle().namespace("user", "/proc/" + pid + "/ns/user");
        owned(jrunc, second);
        second.writable().shell("readlink /proc/self/ns/user; id -u; id -g; touch /tmp/mine; stat -c %u:%g /tmp/mine; hostname other && hostname");
        second.edit("/process/capabilities", sets -> List.of("bounding", "effective", "permitted").forEach(set -> sets.withArray(set).add("CAP_SYS_ADMIN")));
        assertThat(jrunc.runBundle(jrunc.id("joined"), second).expectSuccess().out())
                .isEqualTo(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user")) + "\n0\n0\n0:0\nother\n");
        assertThat(Files.getAttribute(second.rootfs().resolve("tmp/mine"), "unix:uid")).isEqualTo(100000);
        jrunc.run("delete", "--force", first).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theLoopbackDeviceOfANewNetworkIsUp(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("ip link show lo");
        assertThat(jrunc.runBundle(jrunc.id("lo"), bundle).expectSuccess().out()).contains("LOOPBACK,UP");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void duplicatesAreRefused(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux", linux -> ((ObjectNode) linux).withArray("namespaces").addObject().put("type", "ipc"));
        bundle.process("true");
        jrunc.runBundle(jrunc.id("twice"), bundle).expectExit(1).expectFailure("linux.namespaces", "duplicated ns");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void timeOffsetsAreSeenInside(Jrunc jrunc, Bundle bundle)
    {
        bundle.namespace("time").edit("/linux/timeOffsets", offsets -> offsets.putObject("boottime").put("secs", 1337).put("nanosecs", 0));
        bundle.shell("cat /proc/self/timens_offsets | tr -s ' ' ' '");
        assertThat(jrunc.runBundle(jrunc.id("time"), bundle).expectSuccess().out()).contains("boottime 1337 0");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
