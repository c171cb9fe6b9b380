package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hooks of all six kinds. Source: OCI config.md#posix-platform-hooks. */
@ExtendWith(JruncExtension.class)
class HookTest
{
    private static final List<String> KINDS = List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");

    private static ObjectNode hook(Bundle bundle, String kind, String script)
    {
        ObjectNode hook = bundle.config().withObject("/hooks").withArray(kind).addObject();
        hook.put("path", "/bin/sh");
        ArrayNode args = hook.putArray("args");
        args.add("sh").add("-c").add(script);
        return hook;
    }

    @Test
    void theyRunInOrderWithTheStateOnTheirInput(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = Files.createFile(jrunc.folder().resolve("log"));
        bundle.mount("bind", log.toString(), "/log", "bind");
        for (String kind : KINDS) {
            String file = kind.equals("startContainer") ? "/log" : log.toString();
            hook(bundle, kind, "echo " + kind + " $(cat) >> " + file);
        }
        bundle.process("true").edit("/annotations", annotations -> annotations.put("org.example.color", "green"));
        String id = jrunc.id("hooks");
        jrunc.runBundle(id, bundle).expectSuccess();
        List<String> lines = Files.readAllLines(log);
        assertThat(lines.stream().map(line -> line.substring(0, line.indexOf(' ')))).containsExactlyElementsOf(KINDS);
        assertThat(lines).allSatisfy(line -> assertThat(line).contains("\"id\":\"" + id + "\"", "\"bundle\":\"" + bundle.folder() + "\"", "\"ociVersion\":", "\"org.example.color\":\"green\""));
        List<String> statuses = List.of("creating", "creating", "creating", "created", "running", "stopped");
        for (int i = 0; i < KINDS.size(); i++) {
            assertThat(lines.get(i)).contains("\"status\":\"" + statuses.get(i) + "\"");
        }
        assertThat(lines.get(5)).doesNotContain("\"pid\"");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void placesProcessesAndEnvironmentsOfEachKind(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = Files.createFile(jrunc.folder().resolve("log"));
        bundle.mount("bind", log.toString(), "/log", "bind").mount("proc", "proc", "/proc");
        jrunc.environment("FROM_CALLER", "caller");
        bundle.config().withObject("/process").putArray("env").add("PATH=/bin").add("OF_PROCESS=process");
        for (String kind : KINDS) {
            hook(bundle, kind, "pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/;t;s/.*/none/'); echo told; echo \"%s $PWD $FROM_CALLER,$OF_PROCESS,$HOME $(readlink /proc/self/ns/uts) $pid $(readlink /proc/$pid/ns/uts)\" >> %s"
                    .formatted(kind, kind.equals("startContainer") ? "/log" : log));
        }
        bundle.shell("readlink /proc/self/ns/uts; until grep -q ^poststart /log; do sleep 0.1; done");
        Outcome outcome = jrunc.runBundle(jrunc.id("places"), bundle).expectSuccess();
        String inside = outcome.out().strip();
        String outside = Files.readSymbolicLink(Path.of("/proc/self/ns/uts")).toString();
        assertThat(outcome.err()).as("a hook that succeeds has said nothing").isEmpty();
        assertThat(inside).isNotEqualTo(outside).startsWith("uts:[").doesNotContain("told");
        List<String[]> lines = Files.readAllLines(log).stream().map(line -> line.split(" ")).toList();
        assertThat(lines).extracting(line -> line[0]).containsExactlyElementsOf(KINDS);
        for (int runtimes : new int[] {0, 1, 4, 5}) {
            assertThat(lines.get(runtimes)[1]).as(KINDS.get(runtimes)).isEqualTo(bundle.folder().toString());
            assertThat(lines.get(runtimes)[2]).as(KINDS.get(runtimes)).startsWith("caller,,");
            assertThat(lines.get(runtimes)[3]).as(KINDS.get(runtimes)).isEqualTo(outside);
        }
        for (int toldOfHost : new int[] {0, 1, 4}) {
            assertThat(lines.get(toldOfHost)[5]).as("the pid in %s is the container's, as the host sees it", KINDS.get(toldOfHost)).isEqualTo(inside);
        }
        assertThat(lines.get(2)).contains(bundle.rootfs().toString(), ",,", inside, "1");
        assertThat(lines.get(3)).contains("/", ",process,/root", inside, "1");
        assertThat(lines.get(5)[4]).isEqualTo("none");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void withoutAMountNamespaceEachRunsOnce(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = Files.createFile(jrunc.folder().resolve("log"));
        bundle.withoutNamespace("mount").edit(config -> config.putArray("mounts"));
        bundle.edit("/linux", linux -> {
            linux.putArray("maskedPaths");
            linux.putArray("readonlyPaths");
        });
        for (String kind : List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")) {
            hook(bundle, kind, "echo " + kind + " >> " + log);
        }
        bundle.writable().process("/bin/true");
        jrunc.runBundle(jrunc.id("on-host"), bundle).expectSuccess();
        assertThat(Files.readAllLines(log)).containsExactly("prestart", "createRuntime", "createContainer", "poststart", "poststop");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFailingHookEndsTheContainerAndNamesItself(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path after = jrunc.folder().resolve("after");
        for (String kind : List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart")) {
            bundle.config().remove("hooks");
            hook(bundle, kind, "true");
            hook(bundle, kind, "echo said; echo trouble >&2; exit 3");
            // Told of a container that is gone: no process of it, no state.
            hook(bundle, "poststop", "cat >> %s; ls %s/%s >> %s 2>&1".formatted(after, jrunc.root(), jrunc.id("fails-" + kind.toLowerCase()), after));
            bundle.process("sleep", "1000");
            jrunc.runBundle(jrunc.id("fails-" + kind.toLowerCase()), bundle).expectExit(1)
                    .expectFailure("error running " + kind + " hook #1: exit status 3, stdout: said, stderr: trouble");
            assertThat(jrunc.leftovers()).as(kind).isEmpty();
            assertThat(after).as(kind).content().contains("\"status\":\"stopped\"", "No such file or directory").containsOnlyOnce("ociVersion");
            Files.delete(after);
        }
    }

    @Test
    void thoseOfTheStartWaitForIt(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = Files.createFile(jrunc.folder().resolve("log"));
        bundle.mount("bind", log.toString(), "/log", "bind");
        hook(bundle, "startContainer", "echo first $(cat) >> /log");
        hook(bundle, "startContainer", "echo second >> /log");
        String id = jrunc.id("later");
        jrunc.create(id, bundle.shell("echo program >> /log"));
        assertThat(log).isEmptyFile();
        jrunc.run("start", id).expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        List<String> lines = Files.readAllLines(log);
        assertThat(lines).hasSize(3).element(0).asString().startsWith("first {").contains("\"status\":\"created\"", "\"pid\":1");
        assertThat(lines.subList(1, 3)).containsExactly("second", "program");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Under a filter, too, which is one more step before them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneThatFailsAtTheStartIsNamedAndTakesTheContainerWithIt(boolean filtered, Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path after = jrunc.folder().resolve("after");
        String id = jrunc.id("at-start-" + filtered);
        if (filtered) {
            bundle.edit("/process", process -> process.put("noNewPrivileges", true)).edit("/linux/seccomp", seccomp -> seccomp.put("defaultAction", "SCMP_ACT_ALLOW")
                    .putArray("syscalls").addObject().put("action", "SCMP_ACT_ERRNO").putArray("names").add("swapon"));
        }
        hook(bundle, "startContainer", "true");
        hook(bundle, "startContainer", "echo trouble >&2; exit 3");
        hook(bundle, "startContainer", "exit 4");
        hook(bundle, "poststop", "cat > " + after);
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectExit(1).expectFailure("error running startContainer hook #1: exit status 3, stderr: trouble");
        assertThat(after).content().contains("\"status\":\"stopped\"");
        assertThat(jrunc.leftovers()).isEmpty();
        bundle.config().withObject("/hooks").withArray("startContainer").removeAll().addObject().put("path", "/bin/no-such-hook");
        jrunc.create(id, bundle);
        jrunc.run("start", id).expectExit(1).expectFailure("error running startContainer hook #0: ", "/bin/no-such-hook: no such file or directory");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Whoever counts its time is under the filter as well. */
    @Test
    void aHookUnderAFilterWithoutAClockHasItsTime(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("noNewPrivileges", true)).edit("/linux/seccomp", seccomp -> seccomp.put("defaultAction", "SCMP_ACT_ALLOW")
                .putArray("syscalls").addObject().put("action", "SCMP_ACT_KILL_PROCESS").putArray("names").add("clock_gettime"));
        hook(bundle, "startContainer", "sleep 0.2").put("timeout", 100);
        assertThat(jrunc.runBundle(jrunc.id("clock"), bundle.process("echo", "ran")).expectSuccess().out()).isEqualTo("ran\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Without its records nobody could run them if engine and launcher were lost meanwhile. */
    @Test
    void aContainerWithPoststopHooksStaysUntilItsOutputIsRead(Jrunc jrunc, Bundle bundle) throws Exception
    {
        Path after = jrunc.folder().resolve("after");
        String id = jrunc.id("unread");
        hook(bundle, "poststop", "cat > " + after);
        // More than one pipe holds, so that some of it is in the launcher's hands when its writer has ended.
        bundle.process("head", "-c", "100000", "/dev/zero").write();
        ProcessBuilder builder = new ProcessBuilder(jrunc.runtime().toString(), "--root", jrunc.root().toString(), "run", "--bundle", bundle.folder().toString(), id);
        builder.environment().put("JRUNC_ENGINE", jrunc.engine());
        Process run = builder.start();
        jrunc.await("its end", () -> jrunc.run("state", id).out().contains("\"status\": \"stopped\""));
        assertThat(after).doesNotExist();
        assertThat(run.getInputStream().readAllBytes()).hasSize(100_000);
        assertThat(run.waitFor()).isZero();
        assertThat(after).content().contains("\"status\":\"stopped\"");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aHookPastItsTimeIsKilledWithAllItsChildren(Jrunc jrunc, Bundle bundle)
    {
        hook(bundle, "createRuntime", "sleep 1000 & sleep 1000").put("timeout", 1);
        bundle.process("true");
        // Who waited for it would not be back within the limit of all commands.
        jrunc.runBundle(jrunc.id("slow"), bundle).expectExit(1).expectFailure("hook ran past specified timeout of 1.0s");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFailingPoststopHookOnlyWarnsAndTheNextOneRuns(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = jrunc.folder().resolve("log");
        String id = jrunc.id("poststop");
        hook(bundle, "poststop", "echo first >> " + log + "; echo trouble >&2; exit 3");
        hook(bundle, "poststop", "kill -9 $$");
        // The resources have gone, and delete has not answered yet.
        hook(bundle, "poststop", "find /sys/fs/cgroup %s -name %s >> %s 2>/dev/null; echo last >> %s".formatted(jrunc.root(), id, log, log));
        bundle.process("sleep", "1000");
        jrunc.create(id, bundle);
        Outcome deleted = jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(deleted.err()).contains("level=warning", "error running poststop hook #0: exit status 3, stdout: , stderr: trouble", "error running poststop hook #1: signal: killed");
        assertThat(log).hasContent("first\nlast\n");
        assertThat(jrunc.runBundle(id, bundle.shell("exit 7")).expectExit(7).err()).contains("error running poststop hook #0");
        assertThat(log).hasContent("first\nlast\nfirst\nlast\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theEnvironmentIsWhatTheHookSays(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path log = jrunc.folder().resolve("env");
        hook(bundle, "createRuntime", "/usr/bin/env > " + log).putArray("env").add("ONLY=this");
        bundle.process("true");
        jrunc.runBundle(jrunc.id("env"), bundle).expectSuccess();
        assertThat(Files.readAllLines(log)).contains("ONLY=this").noneMatch(line -> line.startsWith("PATH=/usr") || line.startsWith("JRUNC"));
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aPoststartHookMayExecInItsOwnContainer(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("own");
        Path log = jrunc.folder().resolve("log");
        hook(bundle, "poststart", "JRUNC_ENGINE=%s %s --root %s exec %s hostname > %s".formatted(jrunc.engine(), jrunc.runtime(), jrunc.root(), id, log));
        bundle.edit(config -> config.put("hostname", "inside"));
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        assertThat(log).hasContent("inside\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
