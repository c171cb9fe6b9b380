package io.jrunc.it.feature;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A root file system whose owner exchanges its directories with links to the host while containers are made from it: the attack behind
 * CVE-2021-30465, CVE-2024-45310, CVE-2025-31133, CVE-2025-52881, CVE-2026-41579 and their kin. A start may succeed or be refused; the
 * host's tree behind the links stays as it was, and no container reads it.
 */
@ExtendWith(JruncExtension.class)
class HostileRootfsTest
{
    private static final Duration ATTACK = Duration.ofSeconds(10);
    private static final int MOST_STARTS = 150;
    private static final String SECRET = "only the host may read this";

    /** Exchanges pairs of names as fast as it can until its input ends; then tells how often each exchange worked. */
    private static final String RACER = """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <poll.h>
            #include <stdio.h>
            #include <sys/syscall.h>
            #include <unistd.h>

            int main(int argc, char **argv)
            {
                unsigned long done[64] = { 0 };
                struct pollfd input = { 0, POLLIN, 0 };

                for (unsigned long round = 0; round % 64 || poll(&input, 1, 0) == 0; round++)
                    for (int i = 1; i + 1 < argc && i < 64; i += 2)
                        done[i] += syscall(SYS_renameat2, AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], 2) == 0;
                for (int i = 1; i + 1 < argc && i < 64; i += 2)
                    printf("%lu\\n", done[i]);
                return 0;
            }
            """;

    private static final class Attack
    {
        private final Jrunc jrunc;
        private final Bundle bundle;
        private final Path host;
        private final List<String> pairs = new ArrayList<>();

        /** @param host the tree that links lead to; made here */
        Attack(Jrunc jrunc, Bundle bundle) throws IOException
        {
            this.jrunc = jrunc;
            this.bundle = bundle;
            host = Files.createDirectories(jrunc.folder().resolve("host"));
            for (String name : List.of("dev", "proc", "sys", "target", "sub", "sub/dir")) {
                Files.createDirectories(host.resolve(name));
            }
            for (String name : List.of("null", "file", "console", "dev/null", "proc/kcore", "target/file", "sub/file", "sub/dir/file")) {
                Files.writeString(host.resolve(name), SECRET + "\n");
            }
        }

        /** The name in the root and a link to a place of the host take turns. */
        Attack exchange(String name, String place) throws IOException
        {
            Path victim = bundle.rootfs().resolve(name);
            Path link = victim.resolveSibling(victim.getFileName() + ".exchange");
            // Out of the root by as many steps as it takes; an absolute link is one for who forgets the root altogether.
            Path text = pairs.size() % 4 == 0 ? host.resolve(place) : Path.of("../".repeat(40) + host.resolve(place).toString().substring(1));
            Files.createSymbolicLink(link, text);
            pairs.add(victim.toString());
            pairs.add(link.toString());
            return this;
        }

        /** @param control of one start at least: else nothing would show that there was something to attack */
        void run(Predicate<Outcome> control) throws Exception
        {
            Map<String, String> before = snapshot(host);
            List<Outcome> outcomes = new ArrayList<>();
            List<String> command = new ArrayList<>(List.of(racer().toString()));
            command.addAll(pairs);
            Process racer = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try {
                long end = System.nanoTime() + ATTACK.toNanos();
                while (outcomes.size() < MOST_STARTS && (System.nanoTime() < end || outcomes.stream().noneMatch(control))) {
                    outcomes.add(jrunc.runBundle(jrunc.id("victim" + outcomes.size()), bundle));
                }
                racer.getOutputStream().close();
                assertThat(new String(racer.getInputStream().readAllBytes()).lines()).as("exchanges that worked, each pair").hasSize(pairs.size() / 2)
                        .allSatisfy(count -> assertThat(Long.parseLong(count)).isGreaterThan(100));
                assertThat(racer.waitFor(20, SECONDS)).isTrue();
            }
            finally {
                racer.destroyForcibly().waitFor();
            }
            assertThat(snapshot(host)).isEqualTo(before);
            assertThat(outcomes).isNotEmpty().allSatisfy(outcome -> {
                assertThat(outcome.out() + outcome.err()).doesNotContain(SECRET);
                // Refused in words, not by a bug or a death on the way.
                assertThat(outcome.exit() == 0 || outcome.err().contains("run failed: ") && !outcome.err().contains("bug")).as("%s", outcome).isTrue();
            });
            assertThat(outcomes).anyMatch(control);
            assertThat(jrunc.leftovers()).isEmpty();
        }

        private Path racer() throws Exception
        {
            Path source = Files.writeString(jrunc.folder().resolve("racer.c"), RACER);
            Path program = jrunc.folder().resolve("racer");
            Host.capture("gcc", "-O2", "-o", program.toString(), source.toString());
            return program;
        }

        /** Everything about a tree that a mount, a node, a link or a write in it would change. */
        private static Map<String, String> snapshot(Path tree)
        {
            Map<String, String> facts = new TreeMap<>();
            try (Stream<Path> entries = Files.walk(tree)) {
                for (Path entry : entries.toList()) {
                    Map<String, Object> attributes = Files.readAttributes(entry, "unix:mode,uid,gid,rdev,ino,dev,ctime", LinkOption.NOFOLLOW_LINKS);
                    String content = Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS) ? Files.readString(entry) : "";
                    facts.put(entry.toString(), new TreeMap<>(attributes) + " " + content);
                }
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return facts;
        }
    }

    private static void assumeCompiler()
    {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "needs: gcc");
    }

    /** Tries to read what the links lead to, at every name where it could have arrived. */
    private static final String LOOK = "for f in /dev /proc /sys /data /data/sub /data/sub/dir /data/target /hidden /etc; do cat $f/null $f/file $f/console $f/kcore.host; done 2>/dev/null </dev/null; true";

    private static void mounts(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path volume = Files.createDirectories(jrunc.folder().resolve("volume"));
        Path file = Files.writeString(jrunc.folder().resolve("volume.file"), "a file\n");
        for (String name : List.of("data/sub/dir", "data/target", "data/deep", "hidden")) {
            Files.createDirectories(bundle.rootfs().resolve(name));
        }
        Files.writeString(bundle.rootfs().resolve("hidden/file"), "the container's\n");
        bundle.writable().shell(LOOK);
        bundle.mount("bind", volume.toString(), "/data/sub/dir", "rbind", "ro");
        bundle.mount("bind", file.toString(), "/data/target/bound", "bind");
        bundle.mount("tmpfs", "tmpfs", "/data/sub/made/by/us", "size=64k", "tmpcopyup");
        bundle.mount("bind", volume.toString(), "/data/deep/a/b/c", "bind");
        bundle.edit("/linux", linux -> {
            linux.withArray("/maskedPaths").add("/hidden/file").add("/data/deep");
            linux.withArray("/readonlyPaths").add("/data/target");
        });
    }

    @Test
    void exchangedMountTargetsLeadNowhere(Jrunc jrunc, Bundle bundle) throws Exception
    {
        assumeCompiler();
        mounts(jrunc, bundle);
        new Attack(jrunc, bundle)
                .exchange("data/sub", "sub")
                .exchange("data/target", "target")
                .exchange("data/deep", "")
                .exchange("hidden", "")
                .exchange("proc", "proc")
                .exchange("sys", "sys")
                .exchange("dev", "dev")
                // /proc and /sys are refused while they are links: those that are made show that the others are not all refused.
                .run(outcome -> outcome.exit() == 0 || outcome.err().contains("must be mounted on ordinary directory"));
    }

    @Test
    void exchangedDevicesLeadNowhere(Jrunc jrunc, Bundle bundle) throws Exception
    {
        assumeCompiler();
        mounts(jrunc, bundle);
        // No tmpfs of ours on /dev: nodes, links and /dev/null are made and used in the hostile root itself.
        for (int i = bundle.config().withArray("/mounts").size() - 1; i >= 0; i--) {
            if (bundle.config().withArray("/mounts").get(i).path("destination").asText().startsWith("/dev")) {
                bundle.config().withArray("/mounts").remove(i);
            }
        }
        Path dev = bundle.rootfs().resolve("dev");
        Host.capture("mknod", dev.resolve("null").toString(), "c", "1", "3");
        new Attack(jrunc, bundle)
                .exchange("dev", "dev")
                .exchange("hidden", "")
                .exchange("dev/null", "null")
                .run(outcome -> outcome.exit() == 0);
    }
}
