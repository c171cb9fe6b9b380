package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a one-shot is spared: it finds its classes in the AOT cache, whatever the cgroups of the machine that built it were. */
@ExtendWith(JruncExtension.class)
class StartTest
{
    /** Some of the JDK's own depend on the machine; each costs a fraction of a millisecond. */
    private static final int FEW = 8;

    private static final String IN_CACHE = "source: shared objects file";
    private static final int SHOWN = 60;

    /** @param unified in a mount namespace where all cgroups are version 2, instead of those of this machine */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFrequentCommandsFindTheirClassesInTheCache(boolean unified, Jrunc unused, Bundle bundle) throws IOException
    {
        // An engine that left before its program would have another one started at the end, whose classes would be read as its own.
        try (PrivateDist dist = PrivateDist.create("-Djrunc.engine.linger.seconds=600"); Jrunc jrunc = Jrunc.of(dist.runtime(), "off")) {
            assumeTrue(Files.exists(dist.folder().resolve("lib/one-shot.aot")), "needs the AOT caches, which a quick build leaves out");
            if (unified) {
                jrunc.through("unshare", "--mount", "--propagation", "private", "sh", "-c",
                        "umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec \"$@\"", "sh");
            }
            Path trace = jrunc.folder().resolve("classes");
            List<String> options = Files.readAllLines(dist.options());
            Files.write(dist.options(), options.stream().flatMap(line -> line.equals("-Xlog:disable")
                    ? Stream.of(line, "-Xlog:class+load:file=" + trace + "::filecount=0") : Stream.of(line)).toList());

            String once = jrunc.id("once");
            jrunc.runBundle(once, bundle.shell("echo ran")).expectSuccess();
            fromCache("run", trace);

            String id = jrunc.id("start");
            var container = jrunc.create(id, bundle.shell("echo ready; while :; do sleep 1; done"));
            fromCache("create", trace);
            jrunc.run("start", id).expectSuccess();
            fromCache("start", trace);
            container.awaitOutput("ready");
            jrunc.run("state", id).expectSuccess();
            fromCache("state", trace);
            jrunc.run("exec", id, "true").expectSuccess();
            fromCache("exec", trace);
            jrunc.run("kill", id, "KILL").expectSuccess();
            fromCache("kill", trace);
            jrunc.run("delete", "--force", id).expectSuccess();
            fromCache("delete", trace);
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    private static void fromCache(String command, Path trace) throws IOException
    {
        List<String> loaded = Files.readAllLines(trace).stream().filter(line -> line.contains(" source: ")).toList();
        List<String> others = loaded.stream().filter(line -> !line.contains(IN_CACHE)).map(line -> line.substring(line.lastIndexOf(']') + 2)).toList();
        assertThat(loaded).as("classes that '%s' loaded", command).isNotEmpty();
        assertThat(others.size()).as("'%s' loaded %d of %d classes from elsewhere than lib/one-shot.aot; io.jrunc.cli.Training must come to what loads them:%n%s",
                command, others.size(), loaded.size(), String.join("\n", others.subList(0, Math.min(SHOWN, others.size())))).isLessThanOrEqualTo(FEW);
        Files.delete(trace);
    }
}
