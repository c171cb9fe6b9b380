package io.jrunc.spec;

import io.jrunc.error.SpecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The words of the specification and the kernel's numbers for them. */
class SpecWordsTest
{
    @ParameterizedTest
    @CsvSource({"pid, pid, 0x20000000", "network, net, 0x40000000", "mount, mnt, 0x20000", "ipc, ipc, 0x8000000", "uts, uts, 0x4000000",
            "user, user, 0x10000000", "cgroup, cgroup, 0x2000000", "time, time, 0x80"})
    void namespaces(String word, String procName, String flag)
    {
        NamespaceType type = SpecWord.find(NamespaceType.values(), word).orElseThrow();
        assertThat(type.procName()).isEqualTo(procName);
        assertThat(type.cloneFlag()).isEqualTo(Integer.decode(flag));
    }

    @ParameterizedTest
    @CsvSource({"CAP_CHOWN, 0", "CAP_KILL, 5", "CAP_NET_BIND_SERVICE, 10", "CAP_NET_RAW, 13", "CAP_SYS_ADMIN, 21", "CAP_MKNOD, 27",
            "CAP_AUDIT_WRITE, 29", "CAP_SETFCAP, 31", "CAP_AUDIT_READ, 37", "CAP_PERFMON, 38", "CAP_BPF, 39", "CAP_CHECKPOINT_RESTORE, 40"})
    void capabilities(String word, int number)
    {
        assertThat(Capability.byWord(word).orElseThrow().number()).isEqualTo(number);
    }

    @Test
    void unknownAndTooNewCapabilitiesAreLeftOutAndNamed()
    {
        List<String> words = List.of("CAP_CHOWN", "CAP_BPF", "cap_kill", "CAP_FUTURE", "CAP_FUTURE", "CAP_CHECKPOINT_RESTORE");
        assertThat(Capability.mask(words, 39)).isEqualTo(1L | 1L << 39);
        assertThat(Capability.unavailable(words, 39)).containsExactly("cap_kill", "CAP_FUTURE", "CAP_CHECKPOINT_RESTORE");
        assertThat(Capability.mask(words, 40)).isEqualTo(1L | 1L << 39 | 1L << 40);
    }

    @ParameterizedTest
    @CsvSource({"CPU, 0", "FSIZE, 1", "DATA, 2", "STACK, 3", "CORE, 4", "RSS, 5", "NPROC, 6", "NOFILE, 7", "MEMLOCK, 8", "AS, 9",
            "LOCKS, 10", "SIGPENDING, 11", "MSGQUEUE, 12", "NICE, 13", "RTPRIO, 14", "RTTIME, 15"})
    void rlimits(String name, int number)
    {
        assertThat(SpecWord.find(RlimitType.values(), "RLIMIT_" + name).orElseThrow().number()).isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource({"KILL, 0", "KILL_THREAD, 0", "KILL_PROCESS, 0x80000000", "TRAP, 0x30000", "ERRNO, 0x50000", "NOTIFY, 0x7fc00000",
            "TRACE, 0x7ff00000", "LOG, 0x7ffc0000", "ALLOW, 0x7fff0000"})
    void seccompActions(String name, String number)
    {
        assertThat(SpecWord.find(SeccompAction.values(), "SCMP_ACT_" + name).orElseThrow().number())
                .isEqualTo(Long.decode(number).intValue());
    }

    @ParameterizedTest
    @CsvSource({"X86_64, 0xc000003e, x86_64", "AARCH64, 0xc00000b7, aarch64", "RISCV64, 0xc00000f3, riscv64", "S390X, 0x80000016, s390x",
            "PPC64LE, 0xc0000015, ppc64le", "LOONGARCH64, 0xc0000102, loongarch64", "MIPSEL64N32, 0xe0000008, mipsel64n32"})
    void seccompArchitectures(String name, String token, String libraryName)
    {
        SeccompArch arch = SpecWord.find(SeccompArch.values(), "SCMP_ARCH_" + name).orElseThrow();
        assertThat(arch.token()).isEqualTo(Long.decode(token).intValue());
        assertThat(arch.libraryName()).isEqualTo(libraryName);
    }

    @Test
    void onlyErrnoAndTraceTakeAnErrno()
    {
        assertThat(SeccompAction.values()).filteredOn(SeccompAction::takesErrno)
                .containsExactly(SeccompAction.ERRNO, SeccompAction.TRACE);
    }

    @Test
    void featuresListsWhatTheParserTakes()
    {
        assertThat(FeatureWords.hooks())
                .containsExactly("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");
        assertThat(FeatureWords.namespaces()).containsExactly("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts");
        assertThat(FeatureWords.capabilities()).hasSize(41).startsWith("CAP_CHOWN").endsWith("CAP_CHECKPOINT_RESTORE");
        assertThat(FeatureWords.seccompActions()).hasSize(9).isSorted();
        assertThat(FeatureWords.seccompOperators()).hasSize(7).isSorted();
        assertThat(FeatureWords.seccompArchs()).hasSize(23).isSorted();
        assertThat(FeatureWords.seccompFlags()).containsExactly("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
        assertThat(FeatureWords.memoryPolicyModes()).hasSize(7).isSorted();
        assertThat(FeatureWords.memoryPolicyFlags())
                .containsExactly("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES");
        assertThat(FeatureWords.mountOptions()).isEqualTo(MountOptions.knownWords());
    }

    @Test
    void rangesBecomeTheKernelsMask()
    {
        RangeList cpus = RangeList.parse(" 0-3, 8,,");
        assertThat(cpus.mask()).containsExactly(0x0f, 1, 0, 0, 0, 0, 0, 0);
        assertThat(cpus.count()).isEqualTo(5);
        assertThat(cpus).hasToString("0-3,8");
        assertThat(RangeList.parse("64").mask()).hasSize(16);
        assertThat(RangeList.parse("1,1-2").count()).isEqualTo(2);
        assertThat(RangeList.parse("65536").highest()).isEqualTo(65536);
        assertThat(RangeList.parse("007").highest()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "1-", "-1", "1--2", "+1", "1 2", "0x1", "99999999999999", "65537", "2-1", ",", "٣"})
    void wrongRangesAreRefused(String text)
    {
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> RangeList.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"net.ipv4.ip_forward, net.ipv4.ip_forward, net/ipv4/ip_forward",
            "net/ipv4/conf/eno2.100/rp_filter, net.ipv4.conf.eno2/100.rp_filter, net/ipv4/conf/eno2.100/rp_filter",
            "net.ipv4.conf.eno2/100.rp_filter, net.ipv4.conf.eno2/100.rp_filter, net/ipv4/conf/eno2.100/rp_filter"})
    void bothWaysOfWritingAParameterReachOneFile(String key, String dotted, String file)
    {
        assertThat(Sysctl.parse(key)).isEqualTo(new Sysctl(dotted, file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/kernel/x", "net/../x", "net//x", "net.", ".net", "net/./x", "net.//.x", "net..x"})
    void noParameterLeadsOutOfItsTree(String key)
    {
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> Sysctl.parse(key)).withMessageContaining("invalid sysctl name");
    }

    @ParameterizedTest
    @CsvSource({"linux, sysctl, linux.sysctl", "'', root, root", "linux.sysctl, net.x, 'linux.sysctl[\"net.x\"]'",
            "annotations, '', 'annotations[\"\"]'", "annotations, 'a\"b', 'annotations[\"a\\\"b\"]'"})
    void pathsStayReadableWithOddKeys(String parent, String name, String path)
    {
        assertThat(Problems.join(parent, name)).isEqualTo(path);
    }
}
