package io.jrunc.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.spec.SeccompAction;
import io.jrunc.spec.SeccompArch;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever reaches the filter is answered TRAP here, so that it differs from all that the prologue answers. */
class EnosysPrologueTest
{
    private static final int X32_BIT = 1 << 30;
    private static final String FILTER = "TRAP";
    private static final String ENOSYS = "ERRNO(38)";
    private static final byte[] TRAP = Bpf.prepend(List.of(Bpf.answer(SeccompAction.TRAP.number())), new byte[0]);

    @ParameterizedTest
    @CsvSource({
        "0, TRAP", "449, TRAP", "450, TRAP", "451, ERRNO(38)", "1000, ERRNO(38)", "0x3fffffff, ERRNO(38)",
        // x32 is not in the filter: libseccomp's own answer for foreign calls must come
        "0x40000000, TRAP", "0x400001c3, TRAP", "0xffffffff, TRAP"})
    void onX86CallsAboveTheNewestNamedGetEnosys(String number, String answer)
    {
        BpfSimulator program = prologue(Map.of(SeccompArch.X86_64, 450));
        assertThat(program.decide(SeccompArch.X86_64.token(), Long.decode(number).intValue())).isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource({"0, TRAP", "334, TRAP", "335, ERRNO(38)", "0x40000000, TRAP", "0x40000221, TRAP", "0x40000222, ERRNO(38)"})
    void x32HasANewestNumberOfItsOwn(String number, String answer)
    {
        BpfSimulator program = prologue(ordered(SeccompArch.X86_64, 334, SeccompArch.X32, X32_BIT | 0x221));
        assertThat(program.decide(SeccompArch.X86_64.token(), Long.decode(number).intValue())).isEqualTo(answer);
    }

    @Test
    void x32AloneLeavesX86_64Alone()
    {
        BpfSimulator program = prologue(Map.of(SeccompArch.X32, X32_BIT | 10));
        assertThat(program.decide(SeccompArch.X86_64.token(), 5000)).isEqualTo(FILTER);
        assertThat(program.decide(SeccompArch.X86_64.token(), X32_BIT | 10)).isEqualTo(FILTER);
        assertThat(program.decide(SeccompArch.X86_64.token(), X32_BIT | 11)).isEqualTo(ENOSYS);
    }

    @ParameterizedTest
    @EnumSource(names = {"S390", "S390X"})
    void theMultiplexNumber0OfS390GetsEnosys(SeccompArch architecture)
    {
        BpfSimulator program = prologue(Map.of(architecture, 400));
        assertThat(program.decide(architecture.token(), 0)).isEqualTo(ENOSYS);
        assertThat(program.decide(architecture.token(), 1)).isEqualTo(FILTER);
        assertThat(program.decide(architecture.token(), 400)).isEqualTo(FILTER);
        assertThat(program.decide(architecture.token(), 401)).isEqualTo(ENOSYS);
    }

    @Test
    void thePrivateCallsOfArmReachTheFilter()
    {
        BpfSimulator program = prologue(Map.of(SeccompArch.ARM, 450));
        assertThat(program.decide(SeccompArch.ARM.token(), 0x0f0005)).isEqualTo(FILTER);
        assertThat(program.decide(SeccompArch.ARM.token(), 451)).isEqualTo(ENOSYS);
        assertThat(EnosysPrologue.counts(SeccompArch.ARM, 0x0f0005)).isFalse();
        assertThat(EnosysPrologue.counts(SeccompArch.AARCH64, 0x0f0005)).isTrue();
    }

    @Test
    void everyArchitectureAtOnceKeepsItsOwnNumber()
    {
        Map<SeccompArch, Integer> newest = new EnumMap<>(SeccompArch.class);
        for (SeccompArch architecture : SeccompArch.values()) {
            newest.put(architecture, (architecture == SeccompArch.X32 ? X32_BIT : 0) + 300 + architecture.ordinal());
        }
        BpfSimulator program = prologue(newest);
        newest.forEach((architecture, number) -> {
            int arch = architecture == SeccompArch.X32 ? SeccompArch.X86_64.token() : architecture.token();
            assertThat(program.decide(arch, number)).as(architecture + " newest").isEqualTo(FILTER);
            assertThat(program.decide(arch, number + 1)).as(architecture + " newer").isEqualTo(ENOSYS);
        });
    }

    @Test
    void anArchitectureOutsideTheProfileReachesTheFilter()
    {
        assertThat(prologue(Map.of(SeccompArch.X86_64, 450)).decide(SeccompArch.AARCH64.token(), 5000)).isEqualTo(FILTER);
    }

    @Test
    void withoutAnyNewestNumberThereIsNoPrologue()
    {
        assertThat(EnosysPrologue.instructions(Map.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ALLOW, 0, false", "LOG, 0, false", "TRACE, 1, false", "ERRNO, 38, false",
        "ERRNO, 1, true", "KILL, 0, true", "KILL_THREAD, 0, true", "KILL_PROCESS, 0, true", "TRAP, 0, true"})
    void onlyADefaultThatRefusesWithSomethingElseNeedsIt(SeccompAction action, int data, boolean needed)
    {
        assertThat(EnosysPrologue.isNeeded(new Action(action, data))).isEqualTo(needed);
    }

    private static Map<SeccompArch, Integer> ordered(SeccompArch first, int firstNumber, SeccompArch second, int secondNumber)
    {
        Map<SeccompArch, Integer> newest = new LinkedHashMap<>();
        newest.put(first, firstNumber);
        newest.put(second, secondNumber);
        return newest;
    }

    private static BpfSimulator prologue(Map<SeccompArch, Integer> newest)
    {
        return new BpfSimulator(Bpf.prepend(EnosysPrologue.instructions(newest), TRAP));
    }
}
