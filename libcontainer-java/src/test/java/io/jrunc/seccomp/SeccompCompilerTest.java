package io.jrunc.seccomp;

import static io.jrunc.seccomp.Profiles.arg;
import static io.jrunc.seccomp.Profiles.masked;
import static io.jrunc.seccomp.Profiles.withDefault;
import static io.jrunc.seccomp.Profiles.withDefaultErrno;
import static io.jrunc.spec.SeccompAction.ALLOW;
import static io.jrunc.spec.SeccompAction.ERRNO;
import static io.jrunc.spec.SeccompAction.KILL;
import static io.jrunc.spec.SeccompAction.NOTIFY;
import static io.jrunc.spec.SeccompOperator.EQ;
import static io.jrunc.spec.SeccompOperator.GE;
import static io.jrunc.spec.SeccompOperator.GT;
import static io.jrunc.spec.SeccompOperator.LE;
import static io.jrunc.spec.SeccompOperator.LT;
import static io.jrunc.spec.SeccompOperator.NE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.os.LibSeccomp;
import io.jrunc.spec.SeccompAction;
import io.jrunc.spec.SeccompArch;
import io.jrunc.spec.SeccompFlag;
import io.jrunc.spec.SeccompOperator;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compiles with the installed libseccomp and asks the simulator, never the kernel. Needs libseccomp and x86_64 numbers. */
class SeccompCompilerTest
{
    private static final int X86_64 = SeccompArch.X86_64.token();
    private static final int X86 = SeccompArch.X86.token();
    private static final int X32_BIT = 1 << 30;
    private static final int OPENAT2 = 437;
    private static final int SOCKET = 41;
    private static final int CLONE = 56;

    private final List<String> debug = new ArrayList<>();

    @BeforeEach
    void needs()
    {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "needs: an x86_64 machine");
        try {
            LibSeccomp.load();
        }
        catch (HostException missing) {
            assumeTrue(false, "needs: libseccomp.so.2");
        }
    }

    @Test
    void notifyOnAnOldLibraryOrKernelIsRefusedWithBothVersions()
            throws Throwable
    {
        Profiles notifying = withDefault(ALLOW).listener("/run/agent", "").rule(NOTIFY, "mkdir");
        try (Arena arena = Arena.ofConfined()) {
            // The library's own way to behave as an older one; it holds for the whole process.
            MethodHandle setLevel = Linker.nativeLinker().downcallHandle(SymbolLookup.libraryLookup("libseccomp.so.2", arena).findOrThrow("seccomp_api_set"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            int level = LibSeccomp.load().apiLevel();
            assertThat((int) setLevel.invokeExact(5)).isZero();
            try {
                assertThatThrownBy(() -> compiled(notifying)).isInstanceOf(HostException.class)
                        .hasMessage("seccomp notify unsupported: API level: got 5, want at least 6. Please try with libseccomp >= 2.5.0 and Linux >= 5.7");
                assertThat(compiled(withDefault(ALLOW).rule(ERRNO, "mkdir")).notifies()).isFalse();
            }
            finally {
                assertThat((int) setLevel.invokeExact(level)).isZero();
            }
        }
        assertThat(compiled(notifying).notifies()).isTrue();
    }

    @Test
    void namedCallsAreAllowedAndOthersGetTheDefault()
    {
        BpfSimulator filter = compile(withDefault(ERRNO).rule(ALLOW, "read write openat2"));
        assertThat(filter.decide(X86_64, 0)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, OPENAT2)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, 2)).as("open").isEqualTo("ERRNO(1)");
    }

    @ParameterizedTest
    @CsvSource({
        "ALLOW, ALLOW", "ERRNO, ERRNO(1)", "TRACE, TRACE(1)", "TRAP, TRAP", "LOG, LOG",
        "KILL, KILL_THREAD", "KILL_THREAD, KILL_THREAD", "KILL_PROCESS, KILL_PROCESS"})
    void everyDefaultActionIsWhatAnUnnamedCallGets(SeccompAction action, String answer)
    {
        SeccompAction other = action == ALLOW ? ERRNO : ALLOW;
        assertThat(compile(withDefault(action).rule(other, "openat2")).decide(X86_64, 39)).isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource({"ALLOW, 451, ALLOW", "LOG, 451, LOG", "TRACE, 451, TRACE(1)", "ERRNO, 437, ALLOW", "ERRNO, 436, ERRNO(1)",
        "ERRNO, 438, ERRNO(38)", "KILL_PROCESS, 5000, ERRNO(38)", "TRAP, 5000, ERRNO(38)"})
    void callsNewerThanTheNewestNamedGetEnosysUnlessTheDefaultLetsThemPass(SeccompAction action, int number, String answer)
    {
        SeccompAction named = action == ALLOW ? KILL : ALLOW;
        assertThat(compile(withDefault(action).rule(named, "read openat2")).decide(X86_64, number)).isEqualTo(answer);
    }

    @Test
    void aNamedCallCountsForEnosysEvenWhenItsRuleIsTheDefault()
    {
        BpfSimulator filter = compile(withDefault(ERRNO).rule(ALLOW, "read").rule(ERRNO, "openat2"));
        assertThat(filter.decide(X86_64, OPENAT2)).isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, OPENAT2 + 1)).isEqualTo("ERRNO(38)");
    }

    @Test
    void errnoRetIsReturnedAndDefaultsToEperm()
    {
        BpfSimulator filter = compile(withDefault(ALLOW).errno(100, "mkdir").rule(ERRNO, "rmdir").errno(0, "chdir"));
        assertThat(filter.decide(X86_64, 83)).isEqualTo("ERRNO(100)");
        assertThat(filter.decide(X86_64, 84)).isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, 80)).isEqualTo("ERRNO(0)");
        assertThat(compile(withDefaultErrno(13).rule(ALLOW, "openat2")).decide(X86_64, 80)).isEqualTo("ERRNO(13)");
    }

    @Test
    void anErrnoThatTheKernelWouldCapIsRefusedWithItsPlace()
    {
        assertThatThrownBy(() -> compile(withDefaultErrno(4096).rule(ALLOW, "read").errno(4095, "mkdir")))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("linux.seccomp.defaultErrnoRet: must be below 4095 for SCMP_ACT_ERRNO, not 4096")
                .hasMessageContaining("linux.seccomp.syscalls[1].errnoRet: must be below 4095 for SCMP_ACT_ERRNO, not 4095");
    }

    @ParameterizedTest
    @CsvSource({
        "NE, 4, true", "NE, 5, false", "LT, 4, true", "LT, 5, false", "LE, 5, true", "LE, 6, false", "EQ, 5, true", "EQ, 6, false",
        "EQ, 0x100000005, false", "GE, 5, true", "GE, 4, false", "GT, 6, true", "GT, 5, false", "GT, 0xfffffffffffffff, true",
        "GT, -1, true", "LT, -1, false"})
    void argumentsCompareAsUnsigned64Bits(SeccompOperator operator, String value, boolean matches)
    {
        BpfSimulator filter = compile(withDefault(ALLOW).rule(ERRNO, "openat2", arg(1, operator, 5)));
        assertThat(filter.decide(X86_64, OPENAT2, 5, Long.decode(value))).isEqualTo(matches ? "ERRNO(1)" : "ALLOW");
    }

    @Test
    void maskedEqualTakesTheMaskFirstAndTheValueSecond()
    {
        long namespaces = 0x7e020000L;
        BpfSimulator filter = compile(withDefault(ERRNO).rule(ALLOW, "clone openat2", masked(0, namespaces, 0)));
        assertThat(filter.decide(X86_64, CLONE, 0x11)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, CLONE, 0x10000011)).isEqualTo("ERRNO(1)");

        BpfSimulator exact = compile(withDefault(ALLOW).rule(ERRNO, "clone", masked(2, 0xff00, 0x1200)));
        assertThat(exact.decide(X86_64, CLONE, 0, 0, 0x1234)).isEqualTo("ERRNO(1)");
        assertThat(exact.decide(X86_64, CLONE, 0, 0, 0x1334)).isEqualTo("ALLOW");
    }

    @Test
    void conditionsOnDifferentArgumentsMustAllHold()
    {
        BpfSimulator filter = compile(withDefault(ALLOW).errno(22, "socket", arg(0, EQ, 16), arg(2, EQ, 9)));
        assertThat(filter.decide(X86_64, SOCKET, 16, 3, 9)).isEqualTo("ERRNO(22)");
        assertThat(filter.decide(X86_64, SOCKET, 16, 3, 8)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, SOCKET, 2, 3, 9)).isEqualTo("ALLOW");
    }

    @Test
    void severalConditionsOnOneArgumentAreAlternativesAndSoAreTheirNeighbours()
    {
        BpfSimulator filter = compile(withDefault(ALLOW).rule(ERRNO, "socket", arg(0, EQ, 16), arg(0, EQ, 17), arg(1, GE, 100)));
        assertThat(filter.decide(X86_64, SOCKET, 16, 0)).isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, SOCKET, 17, 0)).isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, SOCKET, 18, 0)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, SOCKET, 18, 100)).isEqualTo("ERRNO(1)");
    }

    @Test
    void aRangeOverOneArgumentBecomesTwoAlternatives()
    {
        BpfSimulator filter = compile(withDefault(ALLOW).rule(ERRNO, "socket", arg(0, LT, 3), arg(0, GT, 5), arg(0, NE, 3)));
        assertThat(filter.decide(X86_64, SOCKET, 3)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, SOCKET, 4)).isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, SOCKET, 6)).isEqualTo("ERRNO(1)");
    }

    @Test
    void unknownNamesAreSkippedWithADebugLineAndNeverCutAtANul()
    {
        BpfSimulator filter = compile(withDefault(ERRNO).rule(ALLOW, "no_such_call openat2 getpid\0x"));
        assertThat(filter.decide(X86_64, OPENAT2)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, 39)).as("getpid").isEqualTo("ERRNO(1)");
        assertThat(debug).contains("linux.seccomp.syscalls[0]: unknown seccomp syscall no_such_call ignored",
                "linux.seccomp.syscalls[0]: unknown seccomp syscall getpid?x ignored");
    }

    @Test
    void rulesEqualToTheDefaultAreSkippedWhateverTheirWord()
    {
        BpfSimulator filter = compile(withDefault(KILL).rule(SeccompAction.KILL_THREAD, "mkdir").rule(ALLOW, "openat2"));
        assertThat(filter.decide(X86_64, 83)).isEqualTo("KILL_THREAD");
        assertThat(debug).contains("linux.seccomp.syscalls[0]: same as the default action, skipped");
        debug.clear();
        assertThat(compile(withDefaultErrno(1).errno(2, "mkdir").rule(ALLOW, "openat2")).decide(X86_64, 83)).isEqualTo("ERRNO(2)");
        assertThat(debug).noneMatch(line -> line.contains("skipped"));
    }

    @Test
    void thirtyThreeNamesWithoutOneRuleStillCompile()
    {
        SeccompProgram program = compiled(withDefault(ALLOW).rule(ALLOW, "read ".repeat(33).trim()));
        assertThat(new BpfSimulator(program.bpf()).decide(X86_64, 0)).isEqualTo("ALLOW");
    }

    @Test
    void moreThan32NamesMakeATreeWhoseSlowestCallTakesLessThanHalfTheSteps()
    {
        String names = "read write open close stat fstat lstat poll lseek mmap mprotect munmap brk ioctl pread64 pwrite64 readv writev "
                + "access pipe select sched_yield mremap msync mincore madvise dup dup2 pause nanosleep getitimer alarm";
        assertThat(names.split(" ")).hasSize(32);
        BpfSimulator chain = compile(withDefault(ERRNO).rule(ALLOW, names));
        BpfSimulator tree = compile(withDefault(ERRNO).rule(ALLOW, names + " setitimer"));
        int slowestOfChain = 0;
        int slowestOfTree = 0;
        for (int number = 0; number < 38; number++) {
            assertThat(tree.decide(X86_64, number)).as("call " + number).isEqualTo(chain.decide(X86_64, number));
            slowestOfChain = Math.max(slowestOfChain, chain.steps(X86_64, number));
            slowestOfTree = Math.max(slowestOfTree, tree.steps(X86_64, number));
        }
        assertThat(slowestOfTree).isLessThan(slowestOfChain / 2);
    }

    @Test
    void theNativeArchitectureIsCoveredWithoutBeingNamedAndOthersAreKilled()
    {
        BpfSimulator alone = compile(withDefault(ERRNO).rule(ALLOW, "openat2"));
        assertThat(alone.decide(X86, OPENAT2)).isEqualTo("KILL_THREAD");
        assertThat(alone.decide(X86_64, X32_BIT | OPENAT2)).isEqualTo("KILL_THREAD");

        BpfSimulator both = compile(withDefault(ERRNO).on(SeccompArch.X86).rule(ALLOW, "openat2"));
        assertThat(both.decide(X86_64, OPENAT2)).isEqualTo("ALLOW");
        assertThat(both.decide(X86, OPENAT2)).isEqualTo("ALLOW");
    }

    @Test
    void x86AndX32HaveTheirOwnNumbersAndTheirOwnNewest()
    {
        BpfSimulator filter = compile(withDefault(ERRNO).on(SeccompArch.X86_64, SeccompArch.X86, SeccompArch.X32)
                .rule(ALLOW, "read").rule(ERRNO, "statx"));
        assertThat(filter.decide(X86, 3)).as("read of x86").isEqualTo("ALLOW");
        assertThat(filter.decide(X86, 383)).as("statx of x86").isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86, 384)).isEqualTo("ERRNO(38)");
        assertThat(filter.decide(X86_64, 332)).as("statx").isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, 333)).isEqualTo("ERRNO(38)");
        assertThat(filter.decide(X86_64, X32_BIT)).as("read of x32").isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, X32_BIT | 332)).isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, X32_BIT | 333)).isEqualTo("ERRNO(38)");
    }

    @Test
    void aCallThatOnlyAnotherArchitectureHasIsNoError()
    {
        BpfSimulator filter = compile(withDefault(ERRNO).on(SeccompArch.X86).rule(ALLOW, "_newselect openat2"));
        assertThat(filter.decide(X86, 142)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, 142)).isEqualTo("ERRNO(1)");
    }

    @Test
    void anArchitectureThatThisLibraryCannotFilterIsNamed()
    {
        assertThatThrownBy(() -> compile(withDefault(ERRNO).on(SeccompArch.S390X).rule(ALLOW, "read")))
                .isInstanceOf(HostException.class)
                .hasMessageMatching("libseccomp 2\\.\\d+\\.\\d+ cannot filter SCMP_ARCH_S390X here");
    }

    @Test
    void flagsBecomeBitsAndTsyncNone()
    {
        assertThat(compiled(withDefault(ALLOW).flags(SeccompFlag.LOG, SeccompFlag.TSYNC)).flags()).isEqualTo(2);
        assertThat(compiled(withDefault(ALLOW).flags()).flags()).as("an empty list").isZero();
        assertThat(compiled(withDefault(ALLOW)).flags()).as("no list").isEqualTo(4);
    }

    @Test
    void waitKillableNeedsAListenerToReachTheKernel()
    {
        assumeTrue(SeccompFacts.supportedFlags().contains(SeccompFlag.WAIT_KILLABLE_RECV.word()), "needs: Linux 5.19");
        assertThat(compiled(withDefault(ALLOW).flags(SeccompFlag.WAIT_KILLABLE_RECV)).flags()).isZero();
        Profiles notifying = withDefault(ALLOW).flags(SeccompFlag.WAIT_KILLABLE_RECV).listener("/run/agent", "m").rule(NOTIFY, "mkdir");
        assertThat(compiled(notifying).flags()).isEqualTo(32 | 8);
    }

    @Test
    void notifyGivesAListenerAndWithoutNotifyThePathIsIgnored()
    {
        SeccompProgram program = compiled(withDefault(ALLOW).flags().listener("/run/agent", "m").rule(NOTIFY, "mkdir"));
        assertThat(program.notifies()).isTrue();
        assertThat(program.flags()).isEqualTo(8);
        assertThat(program.listenerPath()).contains("/run/agent");
        assertThat(program.metadata()).contains("m");
        assertThat(new BpfSimulator(program.bpf()).decide(X86_64, 83)).isEqualTo("NOTIFY");

        SeccompProgram silent = compiled(withDefault(ALLOW).listener("/run/agent", "m").rule(ERRNO, "mkdir"));
        assertThat(silent.notifies()).isFalse();
        assertThat(silent.listenerPath()).isEmpty();
        assertThat(silent.metadata()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow-list.json", "deny-and-allow.json"})
    void profilesOfManagersSizeDecideEveryCallOfThreeArchitectures(String file)
    {
        SeccompProgram program = new SeccompCompiler(debug::add).program(Profiles.large(file));
        BpfSimulator filter = new BpfSimulator(program.bpf());
        for (int number = 0; number < 600; number++) {
            for (int call : new int[] {number, X32_BIT | number}) {
                assertThat(filter.decide(X86_64, call)).matches("ALLOW|ERRNO\\((1|22|38)\\)");
            }
            assertThat(filter.decide(X86, number)).matches("ALLOW|ERRNO\\((1|22|38)\\)");
        }
        assertThat(filter.decide(X86_64, 0)).isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, 321)).as("bpf").isEqualTo("ERRNO(1)");
        assertThat(filter.decide(X86_64, 599)).isEqualTo("ERRNO(38)");
        assertThat(filter.decide(X86_64, 135, 0x20008)).as("personality").isEqualTo("ALLOW");
        assertThat(filter.decide(X86_64, 135, 0x20009)).as("personality").startsWith("ERRNO");
        assertThat(program.instructions()).isLessThan(4096);
    }

    @Test
    void aFilterTooLargeForTheKernelIsRefused()
    {
        byte[] largest = new byte[4096 * 8];
        assertThat(SeccompCompiler.fitting(largest)).isSameAs(largest);
        assertThatThrownBy(() -> SeccompCompiler.fitting(new byte[4097 * 8])).isInstanceOf(SpecException.class)
                .hasMessageContaining("linux.seccomp: the filter has more than 4096 instructions, the kernel's limit");
    }

    private BpfSimulator compile(Profiles profile)
    {
        return new BpfSimulator(compiled(profile).bpf());
    }

    private SeccompProgram compiled(Profiles profile)
    {
        return new SeccompCompiler(debug::add).program(profile.section());
    }
}
