package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jrunc.it.Bundle;
import io.jrunc.it.DeadFileSystem;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One engine for all callers of a user: whatever one of them gives it, the others are served as before. */
@DisabledIfSystemProperty(named = "jrunc.engine", matches = "off", disabledReason = "an engine for one command has one caller")
@ExtendWith(JruncExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SharedEngineTest
{
    private PrivateDist dist;

    @BeforeAll
    void anEngineOfOurOwn()
    {
        dist = PrivateDist.create();
    }

    @AfterAll
    void away()
    {
        dist.close();
    }

    /** The engine, which the first command starts. */
    private ProcessHandle engine(Jrunc jrunc)
    {
        jrunc.run("--version").expectSuccess();
        return dist.engine().orElseThrow();
    }

    static Stream<Arguments> largeConfigurations()
    {
        return Stream.of(
                arguments("a very long text", "{\"annotations\": {\"a\": \"" + "x".repeat(16 << 20) + "\"}}", "longer than 4194304 bytes"),
                arguments("a very long version", "{\"ociVersion\": \"1.0.0-" + "a.".repeat(60_000) + "a\"}", "it is longer than 256 characters"),
                arguments("deep nesting", "[".repeat(1 << 20), "Document nesting depth"),
                arguments("many lists", "{\"mounts\": [" + "[],".repeat(1_300_000) + "[]]}", "more than 100000 values"),
                arguments("many objects", "{\"mounts\": [" + "{\"a\":{}},".repeat(400_000) + "{}]}", "more than 100000 values"),
                arguments("many faults", "{\"mounts\": [" + "7,".repeat(90_000) + "7]}", "more faults"),
                arguments("a long path", "{\"ociVersion\": \"1.0.0\", \"linux\": {\"cgroupsPath\": \"/" + "a/".repeat(1_000_000) + "\"}}", "linux.cgroupsPath: is longer than 131071 bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("largeConfigurations")
    void aConfigurationThatIsTooLargeIsOneErrorAndTheEngineGoesOn(String what, String config, String error, Jrunc names, Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            ProcessHandle engine = engine(jrunc);
            Files.writeString(bundle.folder().resolve("config.json"), config);
            assertThat(jrunc.run("run", "--bundle", bundle.folder().toString(), jrunc.id("large")).expectExit(1).expectFailure(error).err().length()).isLessThan(20_000);
            jrunc.runBundle(jrunc.id("next"), bundle.process("true")).expectSuccess();
            assertThat(dist.engine()).contains(engine);
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    private static Path pipe(Path folder, String name) throws IOException
    {
        Path pipe = folder.resolve(name);
        Files.deleteIfExists(pipe);
        Host.capture("mkfifo", pipe.toString());
        return pipe;
    }

    @Test
    void aConfigurationMayComeThroughAPipe(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.shell("echo came").write();
        String text = Files.readString(bundle.folder().resolve("config.json"));
        Path pipe = pipe(bundle.folder(), "config.json");
        Running run = jrunc.start("run", "--bundle", bundle.folder().toString(), jrunc.id("piped"));
        Files.writeString(pipe, text);
        assertThat(run.await(ofSeconds(30)).expectSuccess().out()).isEqualTo("came\n");
    }

    @Test
    void aLogMayGoThroughAPipe(Jrunc jrunc, Bundle bundle) throws Exception
    {
        bundle.process("true").write();
        Path pipe = pipe(jrunc.folder(), "log");
        Process reader = new ProcessBuilder("cat", pipe.toString()).start();
        try {
            jrunc.run("--debug", "--log", pipe.toString(), "run", "--bundle", bundle.folder().toString(), jrunc.id("piped")).expectSuccess();
            assertThat(new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("level=debug");
        }
        finally {
            reader.destroyForcibly();
        }
    }

    @Test
    void aFileThatNeverComesOrEndsIsOneErrorAfterItsTime(Jrunc names, Bundle bundle) throws IOException
    {
        try (PrivateDist impatient = PrivateDist.create("-Djrunc.deadline.file.seconds=1"); Jrunc jrunc = Jrunc.of(impatient.runtime(), "auto")) {
            bundle.process("true").write();
            Path log = pipe(jrunc.folder(), "log");
            jrunc.run("--log", log.toString(), "run", "--bundle", bundle.folder().toString(), jrunc.id("log"))
                    .expectFailure("cannot use " + log + ": nobody opened its other end for 1 s");
            Path config = pipe(bundle.folder(), "config.json");
            jrunc.run("run", "--bundle", bundle.folder().toString(), jrunc.id("config")).expectFailure("cannot use " + config + ": nothing came for 1 s");
            Files.delete(config);
            Files.createSymbolicLink(config, Path.of("/dev/zero"));
            jrunc.run("run", "--bundle", bundle.folder().toString(), jrunc.id("config")).expectFailure("longer than 4194304 bytes");
            jrunc.run("update", "--resources", "/dev/zero", jrunc.id("config")).expectFailure("longer than 4194304 bytes");
            jrunc.run("update", "--resources", log.toString(), jrunc.id("config")).expectFailure("cannot use " + log + ": nothing came for 1 s");
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void whoWaitsForAPipeIsForgottenWhenItsCallerGoes(Jrunc names, Bundle bundle) throws IOException
    {
        try (Jrunc jrunc = Jrunc.of(dist.runtime(), "auto")) {
            ProcessHandle engine = engine(jrunc);
            bundle.process("true").write();
            Path log = pipe(jrunc.folder(), "log");
            Running logged = jrunc.start("--log", log.toString(), "run", "--bundle", bundle.folder().toString(), jrunc.id("log"));
            pipe(bundle.folder(), "config.json");
            Running waiting = jrunc.start("run", "--bundle", bundle.folder().toString(), jrunc.id("config"));
            jrunc.await("both to be served", () -> dist.status("commands under way").equals(Optional.of("3")));
            logged.close();
            waiting.close();
            jrunc.await("both to be forgotten", () -> dist.status("commands under way").equals(Optional.of("1")));
            assertThat(dist.engine()).contains(engine);
            assertThat(jrunc.leftoversInTheEnd()).isEmpty();
        }
    }

    /** What the first caller wanted to hear is told to nobody once that one has gone, and the second is not told it either. */
    @Test
    void whatOneCallerAskedToHearDoesNotTroubleTheNext(Jrunc names, Bundle bundle)
    {
        try (PrivateDist fresh = PrivateDist.create(); Jrunc jrunc = Jrunc.of(fresh.runtime(), "auto")) {
            for (String option : List.of("--debug", "--log-format=text")) {
                // A filter that no cache has yet.
                long value = ThreadLocalRandom.current().nextLong(1L << 40);
                bundle.process("true").edit("/linux", linux -> {
                    ObjectNode rule = linux.putObject("seccomp").put("defaultAction", "SCMP_ACT_ALLOW").putArray("syscalls").addObject();
                    rule.putArray("names").add("getcwd");
                    rule.put("action", "SCMP_ACT_ERRNO").putArray("args").addObject().put("index", 0).put("value", value).put("op", "SCMP_CMP_EQ");
                }).write();
                Outcome outcome = jrunc.run(option, "run", "--bundle", bundle.folder().toString(), jrunc.id("filtered")).expectSuccess();
                if (option.equals("--debug")) {
                    assertThat(outcome.err()).contains("libseccomp compiles a filter");
                }
                else {
                    assertThat(outcome.err()).isEmpty();
                }
            }
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    /** The first caller is bound by limits, a priority and one processor: that binds its own container, as far as a container is bound by it, and no engine. */
    @Test
    void theEngineKeepsNothingOfTheCommandThatStartedIt(Jrunc names, Bundle bundle)
    {
        String cpu = Host.read("/proc/self/status").lines().filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow().split("\\s+|[-,]")[1];
        try (PrivateDist fresh = PrivateDist.create(); Jrunc jrunc = Jrunc.of(fresh.runtime(), "auto")) {
            bundle.shell("ulimit -n; cut -d' ' -f19 /proc/self/stat; cat /proc/self/oom_score_adj").edit("/process", process -> {
                process.remove("rlimits");
                process.remove("oomScoreAdj");
            }).write();
            String script = "ulimit -n 300 && echo 200 >/proc/self/oom_score_adj && exec nice -n 5 taskset -c " + cpu + " \"$@\"";
            Outcome outcome = Running.start(List.of("sh", "-c", script, "sh", fresh.runtime().toString(), "--root", jrunc.root().toString(), "run", "--bundle",
                    bundle.folder().toString(), jrunc.id("bound")), Map.of("JRUNC_ENGINE", "auto"), jrunc.folder()).await(ofSeconds(30)).expectSuccess();
            assertThat(outcome.out().lines()).containsExactly("300", "5", "200");
            String engine = "/proc/" + fresh.engine().orElseThrow().pid();
            assertThat(Host.read(engine + "/oom_score_adj").strip()).isEqualTo("0");
            // After the name in brackets, which may have anything in it: the nice value is the 17th.
            assertThat(Host.read(engine + "/stat").replaceFirst(".*\\) ", "").split(" ")[16]).isEqualTo("0");
            assertThat(Host.read(engine + "/status").lines().filter(line -> line.startsWith("Cpus_allowed_list:")).toList())
                    .isEqualTo(Host.read("/proc/1/status").lines().filter(line -> line.startsWith("Cpus_allowed_list:")).toList());
            String[] files = Host.read(engine + "/limits").lines().filter(line -> line.startsWith("Max open files")).findFirst().orElseThrow().split("\\s+");
            assertThat(files[3]).isEqualTo(files[4]);
        }
    }

    /** All at once, so that the time passes once; it is long enough for a slow machine to look at what does answer. */
    @Test
    void aFileSystemThatDoesNotAnswerIsOneErrorAfterItsTime(Jrunc names)
    {
        try (DeadFileSystem dead = DeadFileSystem.mount(); PrivateDist impatient = PrivateDist.create("-Djrunc.deadline.look.seconds=10");
                Jrunc jrunc = Jrunc.of(impatient.runtime(), "auto")) {
            jrunc.run("--version").expectSuccess();
            ProcessHandle engine = impatient.engine().orElseThrow();
            Path inside = dead.folder().resolve("inside");
            Bundle source = jrunc.bundle().mount("bind", inside.toString(), "/mnt", "rbind").process("true");
            source.write();
            Bundle root = jrunc.bundle().process("true").edit("/root", node -> node.put("path", inside.toString()));
            root.write();
            Map<Running, Path> waiting = new LinkedHashMap<>();
            waiting.put(jrunc.start("run", "--bundle", inside.toString(), jrunc.id("bundle")), inside.resolve("config.json"));
            waiting.put(jrunc.start("--log", inside.toString(), "list"), inside);
            waiting.put(jrunc.start("run", "--bundle", source.folder().toString(), jrunc.id("source")), inside);
            waiting.put(jrunc.start("run", "--bundle", root.folder().toString(), jrunc.id("root")), inside);
            waiting.put(jrunc.start("update", "--resources", inside.toString(), jrunc.id("none")), inside);
            waiting.forEach((command, path) -> command.await(ofSeconds(60)).expectFailure(path + ": the file system did not answer within 10 s"));
            assertThat(impatient.engine()).contains(engine);
            assertThat(jrunc.leftovers()).isEmpty();
        }
    }

    @Test
    void whoWaitsForAFileSystemIsForgottenWhenItsCallerGoes(Jrunc names, Bundle bundle)
    {
        try (DeadFileSystem dead = DeadFileSystem.mount(); PrivateDist patient = PrivateDist.create("-Djrunc.deadline.look.seconds=300");
                Jrunc jrunc = Jrunc.of(patient.runtime(), "auto")) {
            bundle.mount("bind", dead.folder().resolve("inside").toString(), "/mnt", "rbind").process("true");
            Running waiting = jrunc.startRun(jrunc.id("waits"), bundle);
            jrunc.await("it to be served", () -> patient.status("commands under way").equals(Optional.of("2")));
            waiting.close();
            jrunc.await("it to be forgotten", () -> patient.status("commands under way").equals(Optional.of("1")));
            assertThat(jrunc.leftoversInTheEnd()).isEmpty();
        }
    }
}
