package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A container between create and start. */
@ExtendWith(JruncExtension.class)
class CreatedTest
{
    @Test
    void theUsualSignalsEndIt(Jrunc jrunc, Bundle bundle)
    {
        for (String signal : List.of("TERM", "INT", "HUP", "QUIT")) {
            String id = jrunc.id("created-" + signal.toLowerCase(java.util.Locale.ROOT));
            jrunc.create(id, bundle.process("true"));
            jrunc.run("kill", id, signal).expectSuccess();
            jrunc.awaitStatus(id, "stopped");
            jrunc.run("delete", id).expectSuccess();
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Its program is nobody's yet: nothing of the host may lie open in it but what it waits with. */
    @Test
    void nothingIsOpenInItButItsStreamsItsFifosAndItsRoot(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("open");
        jrunc.create(id, bundle.process("true"));
        Path own = jrunc.root().resolve(id);
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + jrunc.pid(id) + "/fd"))) {
            for (Path fd : fds.toList()) {
                if (Integer.parseInt(fd.getFileName().toString()) > 2) {
                    assertThat(Files.readSymbolicLink(fd).toString()).isIn("/", own.resolve("start").toString(), own.resolve("report").toString());
                }
            }
        }
        jrunc.run("delete", "--force", id).expectSuccess();
    }

    /** It is charged to the container, whose limit may be 1 MiB; one huge page is 2 MiB, and some machines give them to everybody. */
    @Test
    void itTakesLittleMemoryAndNoHugePages(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("small");
        jrunc.create(id, bundle.process("true"));
        Path proc = Path.of("/proc/" + jrunc.pid(id));
        // Its own sealed copy of the program goes when the user's is executed.
        assertThat(Files.readSymbolicLink(proc.resolve("exe")).toString()).startsWith("/memfd:");
        assertThat(Files.size(proc.resolve("exe"))).isLessThan(256 * 1024);
        List<String> lines = Host.read(proc.resolve("smaps").toString()).lines().toList();
        assertThat(kilobytes(lines, "Anonymous:")).isBetween(1, 512);
        assertThat(kilobytes(lines, "AnonHugePages:")).isZero();
        if (Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage"))) {
            int largest = lines.indexOf(lines.stream().filter(line -> line.startsWith("Size:")).max(Comparator.comparingInt(CreatedTest::kilobytes)).orElseThrow());
            String flags = lines.subList(largest, lines.size()).stream().filter(line -> line.startsWith("VmFlags:")).findFirst().orElseThrow();
            assertThat(flags.split(" ")).as("never a huge page, whatever the machine's policy").contains("nh");
        }
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** CVE-2019-5736: what a container does to the program that its process runs from must reach neither the host nor another container. */
    @Test
    void eachRunsFromACopyOfItsOwnThatNobodyCanWrite(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Set<Object> copies = new HashSet<>();
        for (String name : List.of("one", "two", "three")) {
            String id = jrunc.id(name);
            jrunc.create(id, bundle.process("true"));
            Path exe = Path.of("/proc/" + jrunc.pid(id) + "/exe");
            copies.add(Files.getAttribute(exe, "unix:ino"));
            assertThatThrownBy(() -> Files.write(exe, new byte[] {1}, StandardOpenOption.WRITE)).isInstanceOf(IOException.class);
            assertThat(Files.getAttribute(exe, "unix:mode")).isEqualTo(0100555);
        }
        assertThat(copies).hasSize(3);
        for (String name : List.of("one", "two", "three")) {
            jrunc.run("delete", "--force", jrunc.id(name)).expectSuccess();
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static int kilobytes(List<String> lines, String name)
    {
        return lines.stream().filter(line -> line.startsWith(name)).mapToInt(CreatedTest::kilobytes).sum();
    }

    private static int kilobytes(String line)
    {
        return Integer.parseInt(line.replaceAll("[^0-9]", ""));
    }

    /** CVE-2016-9962: the files in /proc of a process that may not be looked into belong to root, whoever it has become. */
    @Test
    void nobodyElseOfItsUserMayLookIntoIt(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("closed");
        bundle.config().withObject("/process/user").put("uid", 1000).put("gid", 1000);
        var container = jrunc.create(id, bundle.shell("echo ready; exec sleep 1000"));
        Path proc = Path.of("/proc/" + jrunc.pid(id));
        assertThat(Files.readString(proc.resolve("status"))).contains("\nUid:\t1000\t1000\t1000\t1000\n");
        assertThat(Files.getAttribute(proc.resolve("environ"), "unix:uid")).isEqualTo(0);
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("ready");
        assertThat(Files.getAttribute(proc.resolve("environ"), "unix:uid")).as("the program itself is not hidden").isEqualTo(1000);
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anExecThatWaitsInAPausedContainerGoesOnWithIt(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("paused");
        jrunc.create(id, bundle.process("sleep", "1000"));
        jrunc.run("start", id).expectSuccess();
        jrunc.run("pause", id).expectSuccess();
        jrunc.run("exec", id, "true").expectExit(255).expectFailure("cannot exec in a paused container");
        var exec = jrunc.start("exec", "--ignore-paused", id, "echo", "awake");
        jrunc.run("resume", id).expectSuccess();
        exec.awaitOutput("awake").await(Duration.ofSeconds(20)).expectSuccess();
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
