package io.jrunc.seccomp;

import static io.jrunc.seccomp.Profiles.arg;
import static io.jrunc.seccomp.Profiles.masked;
import static io.jrunc.seccomp.Profiles.withDefault;
import static io.jrunc.spec.SeccompAction.ALLOW;
import static io.jrunc.spec.SeccompAction.ERRNO;
import static io.jrunc.spec.SeccompAction.KILL_PROCESS;
import static io.jrunc.spec.SeccompOperator.EQ;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.spec.Seccomp;
import io.jrunc.spec.SeccompArch;
import io.jrunc.spec.SeccompFlag;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads compiled filters into a child process and looks at what the kernel does; no privilege needed. */
class SeccompLoadTest
{
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final int MKDIR = 83;
    private static final int GETPID = 39;
    private static final int PERSONALITY = 135;
    private static final int SIGSYS = 31;

    @TempDir
    private static Path folder;
    private static Path caller;

    @BeforeAll
    static void needs()
            throws IOException, InterruptedException
    {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "needs: an x86_64 machine");
        assumeTrue(SeccompFacts.libraryVersion().isPresent(), "needs: libseccomp.so.2");
        assumeTrue(Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(p -> Files.isExecutable(Path.of(p, "gcc"))), "needs: gcc");
        Path source = folder.resolve("load-and-call.c");
        caller = folder.resolve("load-and-call");
        try (InputStream in = SeccompLoadTest.class.getResourceAsStream("/seccomp/load-and-call.c")) {
            Files.copy(in, source);
        }
        Process gcc = new ProcessBuilder("gcc", "-Wall", "-Werror", "-O1", "-o", caller.toString(), source.toString())
                .redirectErrorStream(true).start();
        String output = new String(gcc.getInputStream().readAllBytes(), UTF_8);
        assertThat(gcc.waitFor()).as(output).isZero();
    }

    @Test
    void aDeniedCallFailsWithItsErrnoAndOthersWork()
            throws IOException, InterruptedException
    {
        Seccomp section = withDefault(ALLOW).errno(100, "mkdir").rule(ERRNO, "getpid").section();
        assertThat(errnoOf(section, MKDIR)).isEqualTo(100);
        assertThat(errnoOf(section, GETPID)).isEqualTo(EPERM);
        assertThat(errnoOf(section, 102)).as("getuid").isZero();
    }

    @Test
    void aCallNewerThanTheProfileFailsWithEnosysAndAnOlderUnnamedOneWithTheDefault()
            throws IOException, InterruptedException
    {
        Seccomp section = withDefault(ERRNO).rule(ALLOW, "exit_group openat2").section();
        assertThat(errnoOf(section, 438)).isEqualTo(ENOSYS);
        assertThat(errnoOf(section, GETPID)).isEqualTo(EPERM);
    }

    @Test
    void argumentsDecide()
            throws IOException, InterruptedException
    {
        Seccomp section = withDefault(ALLOW)
                .errno(33, "personality", arg(0, EQ, 0xffffffffL))
                .errno(34, "getpriority", masked(0, 6, 2)).section();
        assertThat(errnoOf(section, PERSONALITY, 0xffffffffL)).isEqualTo(33);
        assertThat(errnoOf(section, PERSONALITY, 0)).isZero();
        assertThat(errnoOf(section, 140, 2)).isEqualTo(34);
        assertThat(errnoOf(section, 140, 0)).isZero();
    }

    @Test
    void killProcessEndsTheProcessWithSigsys()
            throws IOException, InterruptedException
    {
        assertThat(errnoOf(withDefault(ALLOW).rule(KILL_PROCESS, "mkdir").section(), MKDIR)).isEqualTo(128 + SIGSYS);
    }

    @Test
    void theKernelTakesEveryFlagThatFeaturesCallsSupported()
            throws IOException, InterruptedException
    {
        for (SeccompFlag flag : SeccompFlag.values()) {
            if (SeccompFacts.supportedFlags().contains(flag.word())) {
                assertThat(errnoOf(withDefault(ALLOW).flags(flag).errno(77, "mkdir").section(), MKDIR)).as(flag.word()).isEqualTo(77);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow-list.json", "deny-and-allow.json"})
    void kernelAndSimulatorAgreeOnAProfileOfManagersSize(String file)
            throws IOException, InterruptedException
    {
        Seccomp section = Profiles.large(file);
        BpfSimulator simulator = new BpfSimulator(new SeccompCompiler(line -> { }).program(section).bpf());
        for (int call : new int[] {GETPID, 102, 246, 321, 323, 460, 467, 4000}) {
            String decision = simulator.decide(SeccompArch.X86_64.token(), call);
            int errno = errnoOf(section, call);
            if (!decision.equals("ALLOW")) {
                assertThat("ERRNO(" + errno + ")").as("call " + call).isEqualTo(decision);
            }
            else {
                assertThat(errno).as("call " + call).isZero();
            }
        }
    }

    private static int errnoOf(Seccomp section, int call, long... arguments)
            throws IOException, InterruptedException
    {
        SeccompProgram program = new SeccompCompiler(line -> { }).program(section);
        Path file = Files.write(folder.resolve("program"), program.bpf());
        List<String> command = new ArrayList<>(List.of(
                caller.toString(), file.toString(), Long.toString(program.flags()), Integer.toString(call)));
        Arrays.stream(arguments).mapToObj(Long::toString).forEach(command::add);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isNotEqualTo(250);
        return process.exitValue();
    }
}
