package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;

import com.fasterxml.jackson.databind.node.ArrayNode;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ways out of a container that other runtimes had: the runtime's own file, and directories that a descriptor leads to. */
@ExtendWith(JruncExtension.class)
class EscapeTest
{
    /** Keeps the init of an exec by its file, sees it end, and then tries to write what can be executed no more. */
    private static final String OVERWRITE = """
            exec > /said
            while ! [ -e /go ]; do sleep 0.05; done
            for p in /proc/[0-9]*; do
                case "$(readlink $p/exe)" in
                */busybox) ;;
                ?*) echo found; exec 9< $p/exe
                    (echo over > $p/exe) 2>/dev/null && echo overwritten
                    kill -9 ${p#/proc/}; while [ -e $p/exe ]; do sleep 0.05; done
                    (echo over > /proc/self/fd/9) 2>/dev/null && echo overwritten
                    (echo over >> /proc/self/fd/9) 2>/dev/null && echo overwritten ;;
                esac
            done
            echo done; sleep 1000
            """;

    /** CVE-2019-5736. */
    @Test
    void aContainerWithEveryCapabilityCannotOverwriteTheRuntime(Jrunc unused, Bundle bundle) throws Exception
    {
        try (PrivateDist dist = PrivateDist.withFaults("-Djrunc.deadline.step.seconds=600"); Jrunc jrunc = Jrunc.of(dist.runtime(), unused.engineElsewhere())) {
            byte[] before = Files.readAllBytes(dist.runtime());
            for (String set : new String[] {"bounding", "effective", "permitted"}) {
                ArrayNode all = bundle.config().withObject("/process/capabilities").putArray(set);
                for (String name : new String[] {"SYS_PTRACE", "SYS_ADMIN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "KILL", "SYS_CHROOT"}) {
                    all.add("CAP_" + name);
                }
            }
            String id = jrunc.id("writer");
            jrunc.create(id, bundle.writable().shell(OVERWRITE));
            jrunc.run("start", id).expectSuccess();
            Running exec = jrunc.environment("JRUNC_FAULT", "init:announce:hang").start("exec", id, "true");
            jrunc.await("the init of the exec", () -> exec.process().toHandle().children().anyMatch(child -> Host.text("/proc/" + child.pid() + "/comm").strip().equals("announce")));
            Files.createFile(bundle.rootfs().resolve("go"));
            Path said = bundle.rootfs().resolve("said");
            jrunc.await("the attack's end", () -> Host.text(said.toString()).endsWith("done\n"));
            assertThat(said).hasContent("found\ndone\n");
            exec.await(ofSeconds(20)).expectExit(255);
            assertThat(Files.readAllBytes(dist.runtime())).isEqualTo(before);
            jrunc.environment("JRUNC_FAULT", "").run("delete", "--force", id).expectSuccess();
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** CVE-2024-21626: nothing that the caller has open is a way for the working directory, neither of run nor of exec. */
    @Test
    void aDescriptorOfTheCallerIsNoWorkingDirectory(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("leak");
        bundle.config().withObject("/root").put("path", bundle.rootfs().toString());
        jrunc.create(id, bundle.process("sleep", "1000"));
        String script = """
                exec 7</ 8</; JRUNC_ENGINE=%s; export JRUNC_ENGINE
                for n in 3 4 5 6 7 8 9 10 11; do
                    sed "s|\\"cwd\\" : \\"/\\"|\\"cwd\\" : \\"/proc/self/fd/$n\\"|" config.json > other/config.json
                    %s --root %s run --bundle other %s-$n 2>&1 && echo escaped
                    %2$s --root %3$s exec --cwd /proc/self/fd/$n %4$s pwd 2>&1 && echo escaped
                done; true""".formatted(jrunc.engine(), jrunc.runtime(), jrunc.root(), id);
        Path other = bundle.folder().resolve("other");
        String said = Host.capture("sh", "-c", "cd " + bundle.folder() + " && mkdir other && " + script);
        assertThat(other).exists();
        assertThat(said).doesNotContain("escaped");
        assertThat(said.lines().filter(line -> line.contains("failed: process.cwd: ") && line.contains("/proc/self/fd/"))).as(said).hasSize(18);
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
