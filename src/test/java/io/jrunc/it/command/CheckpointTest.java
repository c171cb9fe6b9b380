package io.jrunc.it.command;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.ConsoleSocket;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.RealCriu;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** checkpoint and restore with a real criu. */
@ExtendWith(JruncExtension.class)
class CheckpointTest
{
    /** Counts aloud until it is told to end. */
    private static final String COUNT = "trap 'exit 42' USR1; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done";

    private Path images;

    @BeforeEach
    void criu(Jrunc jrunc)
    {
        assumeTrue(RealCriu.program().isPresent(), "needs a criu that works on this kernel");
        jrunc.environment("PATH", RealCriu.program().orElseThrow().getParent() + ":/usr/sbin:/usr/bin:/sbin:/bin");
        images = jrunc.folder().resolve("images");
    }

    private static int firstTick(String output)
    {
        return Integer.parseInt(output.lines().filter(line -> line.startsWith("tick ")).findFirst().orElseThrow().substring(5));
    }

    private static int lastTick(String output)
    {
        return Integer.parseInt(output.lines().filter(line -> line.startsWith("tick ")).reduce((first, last) -> last).orElseThrow().substring(5));
    }

    private static Bundle hooks(Bundle bundle, Path notes, String... kinds)
    {
        for (String kind : kinds) {
            bundle.edit(config -> config.withArray("/hooks/" + kind).addObject().put("path", "/bin/sh").withArray("/args").add("sh").add("-c")
                    .add("echo " + kind + " $(cat) >> " + notes));
        }
        return bundle;
    }

    @Test
    void theProgramGoesOnWithNewStreamsWhereItWasSaved(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("count");
        Path notes = jrunc.folder().resolve("notes");
        bundle.mount("bind", "/etc/hostname", "/etc/hostname", "bind", "ro");
        hooks(bundle.shell(COUNT), notes, "prestart", "createRuntime", "poststart", "poststop");
        Running before = jrunc.startRun(id, bundle).awaitOutput("tick 3\n");
        Files.deleteIfExists(notes);
        jrunc.run("checkpoint", "--image-path", images.toString(), "--work-path", jrunc.folder().resolve("work").toString(), id).expectSuccess();
        assertThat(before.awaitExit(ofSeconds(20))).isEqualTo(137);
        assertThat(jrunc.leftovers()).isEmpty();
        assertThat(images).isDirectoryContaining("glob:**/inventory.img");
        assertThat(images.resolve("descriptors.json")).content().startsWith("[\"pipe:[");
        assertThat(jrunc.folder().resolve("work/dump.log")).content().contains("Dumping finished successfully");
        assertThat(notes).content().startsWith("poststop {").doesNotContain("prestart");
        Files.delete(notes);

        Running after = jrunc.start("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).awaitOutput("tick ");
        assertThat(firstTick(after.output())).isGreaterThan(lastTick(before.output()));
        assertThat(jrunc.status(id)).isEqualTo("running");
        // The hooks of the runtime's namespaces, with the process that there is by then; no others.
        assertThat(Files.readAllLines(notes)).hasSize(2).satisfiesExactly(
                line -> assertThat(line).startsWith("prestart {").contains("\"pid\":" + jrunc.pid(id)),
                line -> assertThat(line).startsWith("createRuntime {").contains("\"pid\":" + jrunc.pid(id)));
        assertThat(jrunc.run("exec", id, "cat", "/etc/hostname").expectSuccess().out()).isEqualTo(Host.read("/etc/hostname"));
        jrunc.run("kill", id, "USR1").expectSuccess();
        after.await(ofSeconds(20)).expectExit(42);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aTerminalIsHandedOverAgainAndALaterProcessJoinsAllNamespaces(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("terminal");
        bundle.terminal(true).process("sh").writable();
        bundle.write();
        // The second one is in the way of a link: criu knows mounts by where they are.
        Files.createDirectories(bundle.rootfs().resolve("real/conf"));
        Files.createSymbolicLink(bundle.rootfs().resolve("conf"), Path.of("/real/conf"));
        bundle.mount("bind", "/etc", "/conf", "bind", "ro").write();
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("one"))) {
            jrunc.run("run", "--detach", "--bundle", bundle.folder().toString(), "--console-socket", socket.path().toString(), id).expectSuccess();
            try (var screen = socket.terminal(ofSeconds(20))) {
                screen.type("kept=yes; echo re''ady\n").awaitScreen("ready\r\n");
                jrunc.run("exec", id, "sh", "-c", "sleep 1000 </dev/null >/dev/null 2>&1 &").expectSuccess();
                jrunc.run("checkpoint", "--image-path", images.toString(), "--manage-cgroups-mode", "ignore", id).expectSuccess();
            }
        }
        assertThat(jrunc.leftovers()).isEmpty();
        Path pidFile = jrunc.folder().resolve("pid");
        try (ConsoleSocket socket = ConsoleSocket.at(jrunc.folder().resolve("two"))) {
            jrunc.run("restore", "--detach", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), "--manage-cgroups-mode", "ignore",
                    "--console-socket", socket.path().toString(), "--pid-file", pidFile.toString(), id).expectSuccess();
            assertThat(socket.await(ofSeconds(20)).message()).isEqualTo("orphan-pts-master");
            try (var screen = socket.terminal(ofSeconds(20))) {
                screen.type("echo $kept again\n").awaitScreen("yes again\r\n");
                assertThat(pidFile).hasContent(Integer.toString(jrunc.pid(id)));
                // criu restores into a time namespace, though config.json has none.
                String links = "for n in ipc mnt net pid time uts; do readlink /proc/%s/ns/$n; done";
                assertThat(jrunc.run("exec", id, "sh", "-c", links.formatted("self")).expectSuccess().out())
                        .isEqualTo(Host.capture("sh", "-c", links.formatted(jrunc.pid(id))));
                assertThat(jrunc.run("exec", id, "ps").expectSuccess().out()).contains("sleep 1000");
                jrunc.run("delete", "--force", id).expectSuccess();
                screen.awaitHangUp();
            }
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aNetworkThatWasThereBeforeIsFoundAgainAndCriuReadsTheBundlesOwnFile(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("network");
        Running holder = Running.start(List.of("unshare", "--net", "sh", "-c", "echo ready; exec sleep 1000"), java.util.Map.of(), jrunc.folder()).awaitOutput("ready");
        try (holder) {
            String path = "/proc/" + holder.process().pid() + "/ns/net";
            Path config = Files.writeString(jrunc.folder().resolve("criu.conf"), "log-file other.log\n");
            bundle.shell(COUNT).namespace("network", path).edit("/annotations", all -> all.put("org.criu.config", config.toString()));
            Running before = jrunc.startRun(id, bundle).awaitOutput("tick 2\n");
            jrunc.run("checkpoint", "--image-path", images.toString(), id).expectSuccess();
            before.awaitExit(ofSeconds(20));
            assertThat(images.resolve("other.log")).exists();
            assertThat(images.resolve("dump.log")).doesNotExist();
            jrunc.start("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).awaitOutput("tick ");
            assertThat(Files.readSymbolicLink(Path.of("/proc/" + jrunc.pid(id) + "/ns/net"))).isEqualTo(Files.readSymbolicLink(Path.of(path)));
            jrunc.run("delete", "--force", id).expectSuccess();
        }
        assertThat(jrunc.leftoversInTheEnd()).isEmpty();
    }

    @Test
    void aContainerIsLeftRunningOrPausedAndOnlyThoseCanBeSaved(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("left");
        Running container = jrunc.startRun(id, bundle.shell(COUNT)).awaitOutput("tick 2\n");
        jrunc.run("checkpoint", "--image-path", images.toString(), "--leave-running", id).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("running");
        int saved = lastTick(container.output());
        container.awaitOutput("tick " + (saved + 1) + "\n");
        jrunc.run("pause", id).expectSuccess();
        jrunc.run("checkpoint", "--image-path", images.resolveSibling("paused").toString(), "--leave-running", id).expectSuccess();
        assertThat(jrunc.status(id)).isEqualTo("paused");
        jrunc.run("resume", id).expectSuccess();
        jrunc.run("kill", id, "KILL").expectSuccess();
        container.awaitExit(ofSeconds(20));

        String created = jrunc.id("created");
        jrunc.create(created, bundle);
        jrunc.run("checkpoint", "--image-path", images.toString(), created).expectExit(1).expectFailure("Container cannot be checkpointed in created state");
        jrunc.run("kill", created, "KILL").expectSuccess();
        jrunc.awaitStatus(created, "stopped");
        jrunc.run("checkpoint", "--image-path", images.toString(), created).expectExit(1).expectFailure("Container cannot be checkpointed in stopped state");
        jrunc.run("delete", created).expectSuccess();
        jrunc.run("checkpoint", created).expectExit(1).expectFailure("container does not exist");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void whatCriuCannotSaveGoesOnAndTheFirstLineSaysWhy(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("outside");
        // Its output is a file outside of the container.
        Running container = jrunc.create(id, bundle.shell(COUNT));
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("tick 2\n");
        String err = jrunc.run("checkpoint", "--image-path", images.toString(), id).expectExit(1)
                .expectFailure("criu failed: type DUMP errno ", "--- Quoting \\\"" + images.resolve("dump.log"), "look at criu's log, " + images.resolve("dump.log")).err();
        assertThat(err).containsPattern("criu failed: type DUMP errno \\d+: Error \\(criu/");
        assertThat(jrunc.status(id)).isEqualTo("running");
        container.awaitOutput("tick " + (lastTick(container.output()) + 2) + "\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aCriuThatIsKilledLeavesTheContainerAsItWasOrNothingOfOne(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("killed");
        // criu runs it at each of its moments; at the one that is in the file it kills criu.
        Path moment = Files.writeString(jrunc.folder().resolve("moment"), "network-lock");
        Path script = Files.writeString(jrunc.folder().resolve("script"), "#!/bin/sh\n[ \"$CRTOOLS_SCRIPT_ACTION\" != \"$(cat " + moment + ")\" ] || kill -9 $PPID\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path config = Files.writeString(jrunc.folder().resolve("criu.conf"), "action-script " + script + "\n");
        bundle.shell(COUNT).edit("/annotations", all -> all.put("org.criu.config", config.toString()));
        Running container = jrunc.startRun(id, bundle).awaitOutput("tick 2\n");
        jrunc.run("checkpoint", "--image-path", images.toString(), id).expectExit(1).expectFailure("criu ended without an answer");
        assertThat(jrunc.status(id)).isEqualTo("running");
        container.awaitOutput("tick " + (lastTick(container.output()) + 2) + "\n");
        Files.writeString(moment, "setup-namespaces");
        jrunc.run("checkpoint", "--image-path", images.toString(), id).expectSuccess();
        container.awaitExit(ofSeconds(20));
        jrunc.run("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).expectExit(1).expectFailure("criu ended without an answer");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void imagesThatAreNoneLeaveNothing(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("none");
        bundle.write();
        jrunc.run("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).expectExit(1)
                .expectFailure("cannot restore from " + images + ": no such file or directory");
        Files.createDirectories(images);
        jrunc.run("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).expectExit(1)
                .expectFailure("cannot read " + images.resolve("descriptors.json") + ", which belongs to the images of a checkpoint: no such file or directory");
        Files.write(images.resolve("descriptors.json"), "[]".getBytes(StandardCharsets.US_ASCII));
        jrunc.run("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).expectExit(1)
                .expectFailure("criu failed: type RESTORE errno ", "look at criu's log, " + images.resolve("restore.log"));
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
