package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine is a JVM: nothing of the caller's gets into it, and nothing of it gets out. */
@ExtendWith(JruncExtension.class)
class JvmSurfaceTest
{
    /** In each mode, as an engine that runs already would prove nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"off", "auto"})
    void theCallersEnvironmentDoesNotReachTheEngine(String engine, Jrunc unused, Bundle bundle) throws IOException
    {
        Path trace = unused.folder().resolve("trace");
        Path arguments = Files.writeString(unused.folder().resolve("arguments"), "-Xlog:class+load:file=" + trace + "\n");
        bundle.shell("echo ran");
        try (PrivateDist dist = PrivateDist.create(); Jrunc jrunc = Jrunc.of(dist.runtime(), engine)) {
            for (String name : List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTIONS")) {
                jrunc.environment(name, "-Xlog:class+load:file=" + trace + " @" + arguments + " -javaagent:/nonexistent.jar");
            }
            jrunc.environment("LD_PRELOAD", "/nonexistent.so").environment("LD_LIBRARY_PATH", unused.folder().toString()).environment("CLASSPATH", "/nonexistent")
                    .environment("JAVA_HOME", "/nonexistent").environment("LD_AUDIT", "/nonexistent.so").environment("JDK_AOT_VM_OPTIONS", "-Xlog:class+load:file=" + trace);
            var outcome = jrunc.runBundle(jrunc.id("env"), bundle).expectSuccess();
            assertThat(outcome.out()).isEqualTo("ran\n");
            assertThat(outcome.err()).isEmpty();
            assertThat(trace).doesNotExist();
            if (engine.equals("auto")) {
                String environment = Host.text("/proc/" + dist.status("pid").orElseThrow() + "/environ");
                Set<String> names = Stream.of(environment.split("\0")).map(each -> each.substring(0, each.indexOf('='))).collect(Collectors.toCollection(TreeSet::new));
                assertThat(names).containsExactly("JRUNC_ENGINE_DIR", "LANG", "PATH");
            }
        }
    }

    @Test
    void nothingIsWrittenBesideTheContainersState(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.shell("echo ran").write();
        Set<String> folder = names(jrunc.folder());
        Set<String> place = names(bundle.folder());
        folder.add("root");
        // Other JVMs of the machine leave such files there now and then; ours would each time.
        List<Set<String>> written = new ArrayList<>();
        do {
            Set<String> temporary = names(Path.of("/tmp"));
            jrunc.runBundle(jrunc.id("files"), bundle).expectSuccess();
            assertThat(names(jrunc.folder())).isEqualTo(folder);
            assertThat(names(bundle.folder())).isEqualTo(place);
            Set<String> now = names(Path.of("/tmp"));
            now.removeAll(temporary);
            now.removeIf(name -> !(name.startsWith("hsperfdata") || name.startsWith("jffi") || name.startsWith(".java_pid") || name.startsWith("hs_err")));
            written.add(now);
        }
        while (!written.getLast().isEmpty() && written.size() < 20);
        assertThat(written).last().as("each time: %s", written).isEqualTo(Set.of());
    }

    @Test
    void nobodyAttachesToTheEngine(Jrunc unused, Bundle bundle)
    {
        try (PrivateDist dist = PrivateDist.create(); Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            jrunc.runBundle(jrunc.id("attach"), bundle.process("true")).expectSuccess();
            String pid = dist.status("pid").orElseThrow();
            // What jcmd does: a file and SIGQUIT. -Xrs leaves the signal its default, which would end the engine, so only the switch is looked at.
            assertThat(Host.text("/proc/" + pid + "/cmdline")).contains("-XX:+DisableAttachMechanism", "-XX:-UsePerfData");
            assertThat(Host.text("/proc/" + pid + "/maps")).doesNotContain("/tmp/jffi").contains(dist.folder() + "/lib/native/");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lib", "lib/jvm.options", "lib/app", "lib/native", "lib/runtime/bin/java", "lib/runtime/lib/modules"})
    void anInstallationThatOthersMayWriteIsRefused(String part, Jrunc unused, Bundle bundle) throws IOException
    {
        try (PrivateDist dist = PrivateDist.create(); Jrunc jrunc = Jrunc.of(dist.runtime(), unused.engineElsewhere())) {
            Path writable = dist.folder().resolve(part);
            Files.setPosixFilePermissions(writable, PosixFilePermissions.fromString("rwxrwxrwx"));
            jrunc.runBundle(jrunc.id("refused"), bundle.process("true")).expectExit(1).expectFailure(writable.toString(), "can be written by others, so it is not trusted");
            Files.setPosixFilePermissions(writable, PosixFilePermissions.fromString("rwxr-xr-x"));
            jrunc.runBundle(jrunc.id("taken"), bundle).expectSuccess();
        }
    }

    @Test
    void theContainerHasTheCallersLimitsNotTheEngines(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.remove("rlimits")).shell("ulimit -Sn; ulimit -Hn; ulimit -s; ulimit -c").write();
        String command = "ulimit -Sn 222; ulimit -Hn 333; ulimit -s 4096; ulimit -c 0; JRUNC_ENGINE=%s exec %s --root %s run --bundle %s %s".formatted(
                jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder(), jrunc.id("limits"));
        assertThat(Host.capture("sh", "-c", command)).isEqualTo("222\n333\n4096\n0\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static Set<String> names(Path folder) throws IOException
    {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
