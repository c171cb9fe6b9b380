package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code process} of config.json, seen from inside. Source: OCI config.md#process. */
@ExtendWith(JruncExtension.class)
class ProcessTest
{
    @Test
    void userGroupsAndUmask(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process/user", user -> {
            user.put("uid", 1000).put("gid", 1001).put("umask", 0077);
            user.putArray("additionalGids").add(5).add(20);
        });
        bundle.shell("id -u; id -g; grep ^Groups /proc/self/status; umask");
        assertThat(jrunc.runBundle(jrunc.id("user"), bundle).expectSuccess().out()).isEqualTo("1000\n1001\nGroups:\t5 20 \n0077\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void onlyProcessEnvReachesTheProgramAndHomeComesFromPasswd(Jrunc jrunc, Bundle bundle)
    {
        jrunc.environment("LEAKED_FROM_THE_CALLER", "1");
        bundle.edit("/process", process -> {
            ArrayNode env = process.putArray("env");
            env.add("PATH=/bin").add("A=first").add("A=second").add("B=with\nnewline");
            process.withObject("user").put("uid", 1000).put("gid", 1000);
        });
        bundle.process("env");
        String out = jrunc.runBundle(jrunc.id("env"), bundle).expectSuccess().out();
        assertThat(out).contains("PATH=/bin\n", "A=second\n", "B=with\nnewline\n", "HOME=/home/user\n").doesNotContain("A=first", "LEAKED", "JRUNC");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theFirstProcessLeadsASessionOfItsOwnWithoutATerminalToo(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("read pid name state parent group session rest </proc/1/stat; echo $group $session");
        assertThat(jrunc.runBundle(jrunc.id("session"), bundle).expectSuccess().out()).isEqualTo("1 1\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theWorkingDirectoryIsMadeWhenMissing(Jrunc jrunc, Bundle bundle)
    {
        bundle.writable().edit("/process", process -> process.put("cwd", "/a/new/place")).shell("pwd; stat -c %a .");
        assertThat(jrunc.runBundle(jrunc.id("cwd"), bundle).expectSuccess().out()).isEqualTo("/a/new/place\n755\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theWorkingDirectoryMayBeRootsAlone(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createDirectory(bundle.rootfs().resolve("roots"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        bundle.edit("/process", process -> process.put("cwd", "/roots")).edit("/process/user", user -> user.put("uid", 1000).put("gid", 1000));
        assertThat(jrunc.runBundle(jrunc.id("roots"), bundle.shell("readlink /proc/self/cwd; id -u; ls . 2>/dev/null || echo refused")).expectSuccess().out())
                .isEqualTo("/roots\n1000\nrefused\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** In a user namespace its root may not enter what belongs to somebody outside; a user may whose group is let in. */
    @Test
    void theWorkingDirectoryMayBeTheUsersAlone(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.namespace("user").edit("/linux", linux -> {
            for (String map : new String[] {"uidMappings", "gidMappings"}) {
                linux.putArray(map).addObject().put("containerID", 0).put("hostID", 100000).put("size", 65536);
            }
        });
        Files.createDirectory(bundle.rootfs().resolve("users"));
        io.jrunc.it.Host.capture("chown", "-R", "-h", "100000:100000", bundle.rootfs().toString());
        io.jrunc.it.Host.capture("chmod", "711", jrunc.folder().toString());
        io.jrunc.it.Host.capture("chown", "5:101001", bundle.rootfs().resolve("users").toString());
        io.jrunc.it.Host.capture("chmod", "070", bundle.rootfs().resolve("users").toString());
        bundle.edit("/process", process -> process.put("cwd", "/users")).shell("readlink /proc/self/cwd; id -u");
        jrunc.runBundle(jrunc.id("nobodys"), bundle).expectExit(1).expectFailure("process.cwd: chdir to cwd (", "/users", "set in config.json failed: permission denied");
        assertThat(jrunc.leftovers()).isEmpty();
        bundle.edit("/process/user", user -> user.put("uid", 1000).put("gid", 1001));
        assertThat(jrunc.runBundle(jrunc.id("users"), bundle).expectSuccess().out()).isEqualTo("/users\n1000\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** What its reader may see of the kernel's keys: serial, flags, users, expiry, permissions, uid, gid, type, name. */
    @Test
    void theSessionKeyringIsTheContainersOwn(Jrunc jrunc, Bundle bundle)
    {
        assumeTrue(Files.exists(Path.of("/proc/keys")), "needs a kernel with keyrings");
        bundle.edit("/linux", linux -> linux.remove("maskedPaths"));
        String id = jrunc.id("keys");
        String name = "_ses." + id + ":";
        String script = "grep '%s' /proc/keys; echo ready; sleep 1000".formatted(name);
        Running run = jrunc.startRun(id, bundle.shell(script)).awaitOutput("ready");
        String[] made = run.output().split(" +");
        // Its owner may search it, beside what the kernel gives him: view, read, link.
        assertThat(made).contains("3f1b0000", "keyring", name);
        String[] joined = jrunc.run("exec", id, "grep", name, "/proc/keys").expectSuccess().out().split(" +");
        assertThat(joined[0]).as("that of the container, no second one").isEqualTo(made[0]);
        jrunc.run("delete", "--force", id).expectSuccess();
        run.awaitExit(ofSeconds(20));
        String none = jrunc.id("no-keys");
        assertThat(jrunc.runBundle(none, bundle.shell("grep -c '_ses.%s:' /proc/keys".formatted(none)), "--no-new-keyring").out()).isEqualTo("0\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aRelativeWorkingDirectoryIsRefusedWithItsPlace(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("cwd", "relative")).process("true");
        jrunc.runBundle(jrunc.id("relative"), bundle).expectExit(1).expectFailure("process.cwd", "Cwd must be an absolute path");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void rlimitsAreExactlyTheConfiguredOnes(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> {
            ArrayNode rlimits = process.putArray("rlimits");
            rlimits.addObject().put("type", "RLIMIT_NOFILE").put("soft", 100).put("hard", 200);
            rlimits.addObject().put("type", "RLIMIT_CORE").put("soft", 0).put("hard", 0);
        });
        bundle.shell("ulimit -Sn; ulimit -Hn; ulimit -c");
        assertThat(jrunc.runBundle(jrunc.id("rlimits"), bundle).expectSuccess().out()).isEqualTo("100\n200\n0\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void withoutRlimitsTheCallersOwnAreKept(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.remove("rlimits")).shell("ulimit -Sn; ulimit -Hn; ulimit -s");
        String inside = jrunc.runBundle(jrunc.id("inherited"), bundle).expectSuccess().out();
        assertThat(inside).isEqualTo(io.jrunc.it.Host.capture("sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -s"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void allFiveCapabilitySets(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process/capabilities", sets -> {
            one(sets, "bounding", "CAP_KILL", "CAP_NET_RAW", "CAP_CHOWN");
            one(sets, "permitted", "CAP_KILL", "CAP_NET_RAW");
            one(sets, "effective", "CAP_KILL");
            one(sets, "inheritable", "CAP_NET_RAW");
            one(sets, "ambient", "CAP_NET_RAW");
        });
        bundle.edit("/process/user", user -> user.put("uid", 1000).put("gid", 1000));
        bundle.process("grep", "^Cap", "/proc/self/status");
        String out = jrunc.runBundle(jrunc.id("caps"), bundle).expectSuccess().out();
        long raw = 1 << 13;
        long kill = 1 << 5;
        // After execve as another user, permitted and effective are what the ambient set gives.
        assertThat(out).contains("CapInh:\t%016x".formatted(raw), "CapPrm:\t%016x".formatted(raw), "CapEff:\t%016x".formatted(raw),
                "CapBnd:\t%016x".formatted(raw | kill | 1), "CapAmb:\t%016x".formatted(raw));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anUnknownCapabilityIsAWarningNotAnError(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process/capabilities", sets -> one(sets, "bounding", "CAP_KILL", "CAP_UNKNOWN"));
        bundle.process("true");
        assertThat(jrunc.runBundle(jrunc.id("odd"), bundle).expectSuccess().err()).contains("ignoring unknown or unavailable capabilities", "CAP_UNKNOWN");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anAmbientCapabilityThatTheKernelRefusesIsAWarning(Jrunc jrunc, Bundle bundle)
    {
        // Ambient needs permitted and inheritable.
        bundle.edit("/process/capabilities", sets -> sets.putArray("ambient").add("CAP_KILL").add("CAP_SYS_TIME"));
        bundle.shell("grep CapAmb /proc/self/status");
        io.jrunc.it.Outcome outcome = jrunc.runBundle(jrunc.id("ambient"), bundle).expectSuccess();
        assertThat(outcome.out()).isEqualTo("CapAmb:\t0000000000000000\n");
        assertThat(outcome.err()).contains("can't raise ambient capability CAP_KILL", "can't raise ambient capability CAP_SYS_TIME");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void withAnEmptyPathOnlyAPathWillDo(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("cwd", "/bin").putArray("env").add("PATH=")).process("true");
        jrunc.runBundle(jrunc.id("nowhere"), bundle).expectFailure("true\\\": executable file not found in $PATH");
        jrunc.runBundle(jrunc.id("there"), bundle.process("/bin/true")).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void noNewPrivilegesAndOomScore(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("noNewPrivileges", true).put("oomScoreAdj", 321));
        bundle.shell("grep NoNewPrivs /proc/self/status; cat /proc/self/oom_score_adj");
        assertThat(jrunc.runBundle(jrunc.id("nnp"), bundle).expectSuccess().out()).isEqualTo("NoNewPrivs:\t1\n321\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void nothingButTheStandardStreamsIsOpen(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("ls /proc/self/fd | wc -l");
        // 0, 1, 2 and the directory that ls itself reads.
        assertThat(jrunc.runBundle(jrunc.id("fds"), bundle).expectSuccess().out()).isEqualTo("4\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void preservedDescriptorsKeepTheirNumbers(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.shell("cat <&3; ls /proc/self/fd | wc -l").write();
        Files.writeString(jrunc.folder().resolve("three"), "from three\n");
        String command = "exec 3<%s; JRUNC_ENGINE=%s %s --root %s run --preserve-fds 1 --bundle %s %s".formatted(
                jrunc.folder().resolve("three"), jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder(), jrunc.id("kept"));
        assertThat(io.jrunc.it.Host.capture("sh", "-c", command)).isEqualTo("from three\n5\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aNulByteInAStringIsRefused(Jrunc jrunc, Bundle bundle)
    {
        bundle.process("echo", "a\0b");
        jrunc.runBundle(jrunc.id("nul"), bundle).expectExit(1).expectFailure("process.args[1]", "contains nul byte");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static void one(ObjectNode sets, String set, String... names)
    {
        ArrayNode list = sets.putArray(set);
        for (String name : names) {
            list.add(name);
        }
    }
}
