package io.jrunc.it.command;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class ExecTest
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

    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void outputExitCodeAndOptionsOfTheCommandItself(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "exec");
        Outcome outcome = jrunc.run("exec", id, "sh", "-c", "echo out; echo err >&2; exit 9").expectExit(9);
        assertThat(outcome.out()).isEqualTo("out\n");
        assertThat(outcome.err()).isEqualTo("err\n");
        jrunc.run("exec", id, "sh", "-c", "kill -KILL $$").expectExit(137);
        gone(jrunc, id);
    }

    @Test
    void userEnvironmentAndDirectory(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "options");
        String out = jrunc.run("exec", "--user", "1000:1000", "--env", "A=1,2", "-e", "B=3", "--cwd", "/tmp", "--additional-gids", "7", id,
                "sh", "-c", "id -u; id -g; echo $A $B; pwd; echo $HOME; grep ^Groups /proc/self/status").expectSuccess().out();
        assertThat(out).isEqualTo("1000\n1000\n1,2 3\n/tmp\n/home/user\nGroups:\t7 \n");
        gone(jrunc, id);
    }

    @Test
    void theProcessIsInTheContainersNamespacesAndCgroup(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = running(jrunc, bundle, "member");
        String script = "for n in mnt pid net ipc uts; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup";
        String pid1 = jrunc.run("exec", id, "sh", "-c", script.replace("/proc/self", "/proc/1")).expectSuccess().out();
        assertThat(jrunc.run("exec", id, "sh", "-c", script).expectSuccess().out()).isEqualTo(pid1);
        gone(jrunc, id);
    }

    @Test
    void theTemplateIsTheBundlesOfToday(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("noNewPrivileges", false));
        bundle.edit("/process/user", user -> user.put("uid", 0).put("gid", 1000));
        String id = running(jrunc, bundle, "template");
        String show = "id -g; pwd; grep ^NoNewPrivs /proc/self/status";
        assertThat(jrunc.run("exec", id, "sh", "-c", show).expectSuccess().out()).isEqualTo("1000\n/\nNoNewPrivs:\t0\n");
        assertThat(jrunc.run("exec", "--no-new-privs", "--user", "7", id, "sh", "-c", show).expectSuccess().out()).isEqualTo("1000\n/\nNoNewPrivs:\t1\n");
        bundle.edit("/process", process -> process.put("noNewPrivileges", true).put("cwd", "/tmp")).write();
        assertThat(jrunc.run("exec", id, "sh", "-c", show).expectSuccess().out()).isEqualTo("1000\n/tmp\nNoNewPrivs:\t1\n");
        assertThat(jrunc.run("exec", "--no-new-privs=false", id, "sh", "-c", show).expectSuccess().out()).isEqualTo("1000\n/tmp\nNoNewPrivs:\t0\n");
        gone(jrunc, id);
    }

    @Test
    void aProcessFileRules(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = running(jrunc, bundle, "file");
        Path file = Files.writeString(jrunc.folder().resolve("process.json"), """
                {"terminal": false, "cwd": "/tmp", "args": ["/bin/pwd"], "user": {"uid": 0, "gid": 0}}
                """);
        assertThat(jrunc.run("exec", "--process", file.toString(), id).expectSuccess().out()).isEqualTo("/tmp\n");
        gone(jrunc, id);
    }

    @Test
    void detachedExecWritesThePidFileAndReturns(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = running(jrunc, bundle, "detached");
        Path pidFile = jrunc.folder().resolve("exec.pid");
        jrunc.start("exec", "--detach", "--pid-file", pidFile.toString(), id, "sleep", "1000").awaitDetached(ofSeconds(30)).expectSuccess();
        assertThat(Files.readString(Path.of("/proc/" + Files.readString(pidFile) + "/cmdline"))).isEqualTo("sleep\0001000\0");
        gone(jrunc, id);
    }

    @Test
    void optionsThatGiveTheProcessMore(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = running(jrunc, bundle, "more");
        String caps = "grep -h ^CapEff /proc/self/status";
        long before = Long.parseLong(jrunc.run("exec", id, "sh", "-c", caps).expectSuccess().out().strip().split("\\s+")[1], 16);
        long after = Long.parseLong(jrunc.run("exec", "--cap", "CAP_SYS_PTRACE", "-c", "CAP_CHOWN", id, "sh", "-c", caps).expectSuccess().out().strip().split("\\s+")[1], 16);
        assertThat(after).isEqualTo(before | 1 << 19 | 1).isNotEqualTo(before);
        Path kept = Files.writeString(jrunc.folder().resolve("kept"), "content\n");
        String preserve = "JRUNC_ENGINE=%s; export JRUNC_ENGINE; exec 3<%s; %s --root %s exec %%s %s sh -c 'cat <&3'".formatted(jrunc.engine(), kept, jrunc.runtime(), jrunc.root(), id);
        assertThat(Host.capture("sh", "-c", preserve.formatted("--preserve-fds 1"))).isEqualTo("content\n");
        assertThat(Host.capture("sh", "-c", preserve.formatted("") + " 2>&1; true")).doesNotContain("content");
        jrunc.run("exec", "--process-label", "system_u:system_r:svirt_t:s0", id, "true").expectExit(255).expectFailure("selinux label is specified in config, but selinux is disabled");
        jrunc.run("exec", "--apparmor", "jrunc-no-such-profile", id, "true").expectExit(255).expectFailure("apparmor");
        gone(jrunc, id);
    }

    /** Of the process: what its own template says. Of the container: what it was created with, whatever its bundle says now. */
    @Test
    void someSettingsAreTheProcessesSomeTheContainers(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("oomScoreAdj", 300).put("noNewPrivileges", true).putArray("rlimits").addObject().put("type", "RLIMIT_NOFILE").put("soft", 100).put("hard", 200));
        bundle.edit("/process/user", user -> user.put("umask", 0027));
        bundle.edit("/process/scheduler", scheduler -> scheduler.put("policy", "SCHED_BATCH"));
        bundle.edit("/process/ioPriority", priority -> priority.put("class", "IOPRIO_CLASS_BE").put("priority", 5));
        Path hooks = jrunc.folder().resolve("hooks");
        bundle.config().withObject("/hooks").putArray("poststart").addObject().put("path", "/bin/sh").putArray("args").add("sh").add("-c").add("echo ran >> " + hooks);
        bundle.edit("/linux", linux -> {
            linux.putObject("personality").put("domain", "LINUX32");
            linux.putArray("maskedPaths");
            var seccomp = linux.putObject("seccomp").put("defaultAction", "SCMP_ACT_ALLOW");
            var rule = seccomp.putArray("syscalls").addObject().put("action", "SCMP_ACT_ERRNO");
            rule.putArray("names").add("mkdir").add("mkdirat");
        });
        String id = running(jrunc, bundle.writable(), "settings");
        String show = "ulimit -Sn; umask; cat /proc/self/oom_score_adj; grep ^Seccomp: /proc/self/status; mkdir /tmp/x 2>&1; sed 's/.*) //' /proc/self/stat | cut -d' ' -f39; ionice; cat /proc/self/personality; grep ^CapBnd /proc/self/status";
        String first = jrunc.run("exec", id, "sh", "-c", show).expectSuccess().out();
        assertThat(first).startsWith("100\n0027\n300\nSeccomp:\t2\nmkdir: can't create directory '/tmp/x': Operation not permitted\n3\nbest-effort: prio 5\n00000008\nCapBnd:");
        // Another user than its owner sees a keyring only as a member.
        assertThat(jrunc.run("exec", "--user", "1000", id, "grep", "-o", "_ses[.].*: ", "/proc/keys").expectSuccess().out()).isEqualTo("_ses." + id + ": \n");
        bundle.edit("/process", process -> {
            process.put("oomScoreAdj", 500).withArray("rlimits").removeAll().addObject().put("type", "RLIMIT_NOFILE").put("soft", 50).put("hard", 60);
            process.withObject("scheduler").put("policy", "SCHED_IDLE");
            process.withObject("ioPriority").put("priority", 2);
            process.withObject("capabilities").putArray("bounding").add("CAP_KILL");
            process.withObject("capabilities").putArray("effective").add("CAP_KILL");
            process.withObject("capabilities").putArray("permitted").add("CAP_KILL");
        });
        bundle.edit("/process/user", user -> user.put("umask", 0077));
        bundle.edit("/linux", linux -> {
            linux.remove("seccomp");
            linux.remove("personality");
        }).write();
        String second = jrunc.run("exec", id, "sh", "-c", show).expectSuccess().out();
        assertThat(second).startsWith("50\n0027\n300\nSeccomp:\t2\nmkdir: can't create directory '/tmp/x': Operation not permitted\n5\nbest-effort: prio 2\n00000008\n")
                .endsWith("CapBnd:\t0000000000000020\n");
        assertThat(hooks).content().isEqualTo("ran\n");
        gone(jrunc, id);
    }

    @Test
    void aSubCgroupThatExistsAndNoOther(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = running(jrunc, bundle, "cgroup");
        String all = jrunc.run("exec", id, "cat", "/proc/self/cgroup").expectSuccess().out();
        boolean unified = Host.unifiedCgroups();
        String own = all.lines().filter(line -> line.startsWith(unified ? "0::" : line.substring(0, line.indexOf(':')) + ":pids:")).findFirst().orElseThrow();
        String prefix = unified ? "" : "pids:";
        Path folder = Host.cgroups(id).stream().map(Path::of).filter(each -> each.endsWith(id) && (unified || each.toString().contains("/pids/"))).findFirst().orElseThrow();
        Path sub = Files.createDirectory(folder.resolve("below"));
        assertThat(jrunc.run("exec", "--cgroup", prefix + "/below", id, "cat", "/proc/self/cgroup").expectSuccess().out().lines()).contains(own.replaceFirst("/$", "") + "/below").doesNotContain(own);
        jrunc.run("exec", "--cgroup", prefix + "nowhere", id, "true").expectExit(255).expectFailure("nowhere");
        jrunc.run("exec", "--cgroup", prefix + "/../..", id, "true").expectExit(255);
        Files.delete(sub);
        gone(jrunc, id);
    }

    @Test
    void failuresOfExecItselfAre255(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "failing");
        jrunc.run("exec", id, "no-such-program").expectExit(255).expectFailure("no-such-program", "executable file not found in $PATH");
        jrunc.run("exec", id).expectExit(255);
        jrunc.run("exec", jrunc.id("nobody"), "true").expectExit(255).expectFailure("does not exist");
        jrunc.run("exec", "--user", "1x", id, "true").expectExit(255).expectFailure("bad uid");
        jrunc.run("exec", "--user", "1:users", id, "true").expectExit(255).expectFailure("bad gid");
        jrunc.run("exec", "--additional-gids", "-7", id, "true").expectExit(255).expectFailure("bad additional gid");
        assertThat(jrunc.status(id)).isEqualTo("running");
        jrunc.run("kill", id, "KILL").expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("exec", id, "true").expectExit(255).expectFailure("cannot exec in a stopped container");
        gone(jrunc, id);
    }

    /** Nobody but the process itself can tell: it has announced its program, and then the kernel does not take it for one. */
    @Test
    void soIsAProgramThatTheKernelRefusesAtTheLastMoment(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path bad = Files.writeString(bundle.rootfs().resolve("bin/bad"), "neither a program nor a script\n");
        assertThat(bad.toFile().setExecutable(true)).isTrue();
        String id = running(jrunc, bundle, "refused");
        Outcome refused = jrunc.run("exec", id, "bad").expectExit(255);
        assertThat(refused.err()).isEqualTo("exec /bin/bad: exec format error\n");
        assertThat(jrunc.status(id)).isEqualTo("running");
        gone(jrunc, id);
        jrunc.runBundle(id, bundle.process("bad")).expectExit(255).expectFailure("exec /bin/bad: exec format error");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aCreatedContainerTakesAnExec(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("created");
        jrunc.create(id, bundle.process("true"));
        assertThat(jrunc.run("exec", id, "echo", "hi").expectSuccess().out()).isEqualTo("hi\n");
        assertThat(jrunc.status(id)).isEqualTo("created");
        gone(jrunc, id);
    }

    @Test
    void anAddedCapabilityIsNeverInheritable(Jrunc jrunc, Bundle bundle)
    {
        String id = running(jrunc, bundle, "caps");
        String out = jrunc.run("exec", "--cap", "CAP_SYSLOG", id, "grep", "^Cap", "/proc/self/status").expectSuccess().out();
        long syslog = 1L << 34;
        long defaults = 1L << 29 | 1L << 5 | 1L << 10;
        assertThat(out).contains("CapInh:\t%016x".formatted(0), "CapEff:\t%016x".formatted(defaults | syslog), "CapBnd:\t%016x".formatted(defaults | syslog));
        gone(jrunc, id);
    }
}
