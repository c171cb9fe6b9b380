package io.jrunc.spec;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SpecParserTest
{
    @Test
    void readsEveryMemberOfTheProcess()
    {
        ContainerProcess process = Config.everything().parse().process();
        assertThat(process.terminal()).isTrue();
        assertThat(process.consoleSize()).contains(new ConsoleSize(40, 120));
        assertThat(process.user()).isEqualTo(new User(1000, 1001, OptionalInt.of(022), List.of(4L, 27L, 1001L)));
        assertThat(process.args()).containsExactly("/docker-entrypoint.sh", "nginx", "-g", "daemon off;");
        assertThat(process.env()).hasSize(5).contains("MULTI=a\nb=c");
        assertThat(process.distinctEnv())
                .containsExactly("PATH=/usr/local/bin:/usr/bin:/bin", "EMPTY=", "MULTI=a\nb=c", "HOSTNAME=web1");
        assertThat(process.env("HOSTNAME")).contains("web1");
        assertThat(process.env("HOST")).isEmpty();
        assertThat(process.cwd()).isEqualTo("/srv/www");
        assertThat(process.capabilities()).contains(new Capabilities(
                List.of("CAP_CHOWN", "CAP_NET_BIND_SERVICE", "CAP_CHECKPOINT_RESTORE"), List.of("CAP_NET_BIND_SERVICE"), List.of(),
                List.of("CAP_NET_BIND_SERVICE", "CAP_FUTURE"), List.of("CAP_NET_BIND_SERVICE")));
        assertThat(process.rlimits())
                .containsExactly(new Rlimit(RlimitType.NOFILE, 1024, 1048576), new Rlimit(RlimitType.CORE, 0, -1));
        assertThat(process.noNewPrivileges()).isTrue();
        assertThat(process.apparmorProfile()).contains("docker-default");
        assertThat(process.oomScoreAdj()).hasValue(-500);
        Scheduler scheduler = process.scheduler().orElseThrow();
        assertThat(scheduler).isEqualTo(new Scheduler(SchedulerPolicy.DEADLINE, 0, 0,
                Set.of(SchedulerFlag.RECLAIM, SchedulerFlag.RESET_ON_FORK), 1000000, 2000000, 3000000));
        assertThat(scheduler.flagBits()).isEqualTo(3);
        assertThat(process.selinuxLabel()).contains("system_u:system_r:container_t:s0:c1,c2");
        assertThat(process.ioPriority()).contains(new IoPriority(IoPriorityClass.BE, 4));
        assertThat(process.ioPriority().orElseThrow().kernelValue()).isEqualTo(0x4004);
        CpuAffinity affinity = process.execCpuAffinity().orElseThrow();
        assertThat(affinity.initial()).hasToString("Optional[0-1]");
        assertThat(affinity.atLast()).hasToString("Optional[2,4-6]");
    }

    @Test
    void membersAreFoundInWhateverCase()
    {
        assertThat(Config.everything().withNames(name -> name.toUpperCase(Locale.ROOT)).parse()).isEqualTo(Config.everything().parse());
        Spec both = Config.minimal().with("/process/NOnewPRIVILEGES", "false").with("/process/noNewPrivileges", "true").parse();
        assertThat(both.process().noNewPrivileges()).as("the right name goes first").isTrue();
    }

    @Test
    void readsRootMountsHooksAndAnnotations()
    {
        Spec spec = Config.everything().parse();
        assertThat(spec.ociVersion()).isEqualTo(RuntimeSpecVersion.SUPPORTED);
        assertThat(spec.root()).isEqualTo(new Root("rootfs", true));
        assertThat(spec.hostname()).contains("web1");
        assertThat(spec.domainname()).contains("example.org");
        IdMapping mapping = new IdMapping(0, 300000, 1000);
        assertThat(spec.mounts()).hasSize(4).contains(
                new Mount("/data", Optional.of("bind"), Optional.of("/var/lib/data"), List.of("rbind", "rprivate", "rro"),
                        List.of(mapping), List.of(mapping)),
                new Mount("/etc/hosts", Optional.empty(), Optional.of("hosts"), List.of("bind", "rw"), List.of(), List.of()));
        Hooks hooks = spec.hooks();
        assertThat(hooks.prestart()).containsExactly(new Hook("/usr/bin/network", Optional.of(List.of("network", "up")),
                Optional.of(List.of("A=1")), Optional.of(Duration.ofSeconds(5))));
        assertThat(hooks.createRuntime().getFirst().argv()).containsExactly("/usr/bin/runtime");
        assertThat(hooks.createRuntime().getFirst().env()).isEmpty();
        assertThat(hooks.createContainer().getFirst().env()).contains(List.of());
        assertThat(hooks.of(HookKind.START_CONTAINER)).extracting(Hook::path).containsExactly("/refresh");
        assertThat(hooks.of(HookKind.POSTSTART)).extracting(Hook::path).containsExactly("/usr/bin/notify", "/usr/bin/notify2");
        assertThat(hooks.of(HookKind.POSTSTOP).getFirst().timeout()).contains(Duration.ofSeconds(30));
        assertThat(spec.annotations()).isEqualTo(Map.of("org.opencontainers.image.stopSignal", "SIGQUIT", "empty", ""));
    }

    @Test
    void readsEveryMemberOfTheLinuxSection()
    {
        Linux linux = Config.everything().parse().linux();
        assertThat(linux.uidMappings()).containsExactly(new IdMapping(0, 100000, 65536));
        assertThat(linux.gidMappings()).hasSize(2);
        assertThat(IdMapping.toHost(linux.gidMappings(), 1001)).hasValue(201001);
        assertThat(linux.sysctl()).containsEntry("net/ipv4/conf/eno2.100/rp_filter", "1").hasSize(4);
        assertThat(linux.cgroupsPath()).contains("system.slice:docker:abc");
        assertThat(linux.namespaces()).hasSize(8);
        assertThat(linux.joins(NamespaceType.NETWORK)).contains("/var/run/netns/web");
        assertThat(linux.creates(NamespaceType.NETWORK)).isFalse();
        assertThat(linux.creates(NamespaceType.IPC)).isTrue();
        assertThat(linux.devices()).containsExactly(
                new Device(DeviceType.CHARACTER, "/dev/fuse", 10, 229, OptionalInt.of(0666), OptionalLong.of(0), OptionalLong.of(5)),
                new Device(DeviceType.BLOCK, "/dev/sda", 8, 0, OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty()),
                new Device(DeviceType.FIFO, "/run/pipe", 0, 0, OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty()));
        assertThat(linux.netDevices())
                .isEqualTo(Map.of("eth1", new NetDevice(Optional.of("container%d")), "ens4", new NetDevice(Optional.empty())));
        assertThat(linux.rootfsPropagation()).contains(Propagation.SLAVE);
        assertThat(linux.maskedPaths()).containsExactly("/proc/kcore", "/sys/firmware");
        assertThat(linux.readonlyPaths()).containsExactly("/proc/sys");
        assertThat(linux.mountLabel()).contains("system_u:object_r:container_file_t:s0:c1,c2");
        assertThat(linux.intelRdt()).contains(new IntelRdt(Optional.of("guaranteed"), List.of("L2:0=f"), Optional.of("L3:0=7f0;1=1f"),
                Optional.of("MB:0=20;1=70"), true));
        assertThat(linux.personality()).contains(new Personality(PersonalityDomain.LINUX32, List.of()));
        MemoryPolicy policy = linux.memoryPolicy().orElseThrow();
        assertThat(policy).isEqualTo(new MemoryPolicy(MemoryPolicyMode.INTERLEAVE, Optional.of(RangeList.parse("0-1")),
                Set.of(MemoryPolicyFlag.STATIC_NODES)));
        assertThat(policy.kernelMode()).isEqualTo(0x8003);
        assertThat(linux.timeOffsets())
                .isEqualTo(Map.of(TimeClock.MONOTONIC, new TimeOffset(172800, 5), TimeClock.BOOTTIME, new TimeOffset(-604800, 0)));
    }

    @Test
    void readsTheSystemCallFilter()
    {
        Seccomp seccomp = Config.everything().parse().linux().seccomp().orElseThrow();
        assertThat(seccomp.defaultAction()).isEqualTo(SeccompAction.ERRNO);
        assertThat(seccomp.defaultErrnoRet()).hasValue(38);
        assertThat(seccomp.architectures()).containsExactly(SeccompArch.X86_64, SeccompArch.X86, SeccompArch.X32);
        assertThat(seccomp.flags()).contains(Set.of());
        assertThat(seccomp.listenerPath()).contains("/run/seccomp.sock");
        assertThat(seccomp.listenerMetadata()).contains("web");
        assertThat(seccomp.notifies()).isTrue();
        assertThat(seccomp.syscalls()).hasSize(4).contains(
                new SeccompSyscall(List.of("personality"), SeccompAction.ALLOW, OptionalInt.empty(),
                        List.of(new SeccompArg(0, -1, 0, SeccompOperator.EQ))),
                new SeccompSyscall(List.of("clone"), SeccompAction.ERRNO, OptionalInt.of(1),
                        List.of(new SeccompArg(0, 2114060288, 0, SeccompOperator.MASKED_EQ))));
    }

    @Test
    void readsTheLimits()
    {
        Resources limits = Config.everything().parse().linux().resources().orElseThrow();
        assertThat(limits.devices()).containsExactly(
                new DeviceRule(false, DeviceRuleType.ALL, OptionalLong.empty(), OptionalLong.empty(),
                        Set.of(DeviceAccess.READ, DeviceAccess.WRITE, DeviceAccess.MKNOD)),
                new DeviceRule(true, DeviceRuleType.CHARACTER, OptionalLong.of(1), OptionalLong.of(5),
                        Set.of(DeviceAccess.READ, DeviceAccess.WRITE)),
                new DeviceRule(true, DeviceRuleType.BLOCK, OptionalLong.of(8), OptionalLong.empty(), Set.of(DeviceAccess.MKNOD)));
        assertThat(limits.devices().getFirst().accessLetters()).isEqualTo("rwm");
        assertThat(limits.memory()).contains(new Memory(OptionalLong.of(536870912), OptionalLong.of(268435456), OptionalLong.of(-1),
                OptionalLong.of(-1), OptionalLong.of(0), OptionalLong.of(60), Optional.of(false), Optional.of(true), Optional.of(true)));
        assertThat(limits.cpu()).contains(new Cpu(OptionalLong.of(1024), OptionalLong.of(50000), OptionalLong.of(10000),
                OptionalLong.of(100000), OptionalLong.of(950000), OptionalLong.of(1000000), Optional.of("0-3"), Optional.of("0"),
                OptionalLong.of(0)));
        assertThat(limits.pids()).contains(new Pids(OptionalLong.of(100)));
        assertThat(limits.blockIo()).contains(new BlockIo(OptionalInt.of(300), OptionalInt.of(10),
                List.of(new WeightDevice(8, 0, OptionalInt.of(500), OptionalInt.empty()),
                        new WeightDevice(8, 16, OptionalInt.empty(), OptionalInt.of(400))),
                List.of(new ThrottleDevice(8, 0, 1048576)), List.of(new ThrottleDevice(8, 0, 2097152)),
                List.of(new ThrottleDevice(8, 0, 100)), List.of(new ThrottleDevice(8, 0, -1))));
        assertThat(limits.hugepageLimits()).containsExactly(new HugepageLimit("2MB", 4194304), new HugepageLimit("64KB", 0));
        assertThat(limits.network())
                .contains(new Network(OptionalLong.of(1048577), List.of(new InterfacePriority("eth0", 500))));
        assertThat(limits.rdma()).isEqualTo(Map.of("mlx5_1", new Rdma(OptionalLong.of(3), OptionalLong.of(10000)),
                "mlx4_0", new Rdma(OptionalLong.empty(), OptionalLong.of(1000))));
        assertThat(limits.unified()).containsExactly(Map.entry("memory.high", "107374182400"), Map.entry("io.max", "259:0 rbps=1"));
    }

    @Test
    void aFullConfigHasNoContradictions()
    {
        assertThat(SpecValidator.problems(Config.everything().parse(), path -> false)).isEmpty();
    }

    @Test
    void whatIsNotGivenIsEmptyAndNotZero()
    {
        Spec spec = Config.minimal().without("/mounts").without("/hooks").without("/linux").parse();
        assertThat(spec.linux()).isEqualTo(Linux.NONE);
        assertThat(spec.hooks()).isEqualTo(Hooks.NONE);
        assertThat(spec.mounts()).isEmpty();
        assertThat(spec.process().user()).isEqualTo(User.ROOT);
        assertThat(spec.process().capabilities()).isEmpty();
        assertThat(spec.process().oomScoreAdj()).isEmpty();

        Resources limits = SpecParser.parseResources("{\"memory\": {\"limit\": 0}, \"pids\": {}}".getBytes(StandardCharsets.UTF_8));
        assertThat(limits.memory().orElseThrow().limit()).hasValue(0);
        assertThat(limits.memory().orElseThrow().swap()).isEmpty();
        assertThat(limits.pids()).contains(new Pids(OptionalLong.empty()));
        assertThat(limits.cpu()).isEmpty();
        assertThat(SpecParser.parseResources("{}".getBytes(StandardCharsets.UTF_8))).isEqualTo(Resources.NONE);
    }

    @Test
    void emptyCapabilitiesDifferFromNone()
    {
        assertThat(Config.minimal().with("/process/capabilities", "{}").parse().process().capabilities())
                .contains(new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hostname", "/domainname", "/process/apparmorProfile", "/process/selinuxLabel", "/linux/cgroupsPath",
            "/linux/rootfsPropagation", "/linux/mountLabel", "/linux/namespaces/0/path", "/mounts/0/type", "/mounts/0/source",
            "/linux/resources/cpu/cpus", "/linux/intelRdt/closID", "/process/execCPUAffinity/initial", "/linux/memoryPolicy/nodes"})
    void theEmptyStringMeansAbsent(String pointer)
    {
        Config config = Config.minimal().with("/linux/memoryPolicy", "{\"mode\": \"MPOL_DEFAULT\"}");
        Config parent = config.with(pointer, "null");
        assertThat(config.with(pointer, "\"\"").parse()).isEqualTo(parent.parse());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mounts", "/hooks", "/linux", "/annotations", "/process/user", "/process/capabilities", "/process/rlimits",
            "/linux/resources", "/linux/seccomp", "/linux/sysctl", "/mounts/0/options", "/linux/devices"})
    void nullMeansAbsent(String pointer)
    {
        assertThat(Config.everything().with(pointer, "null").parse()).isEqualTo(Config.everything().without(pointer).parse());
    }

    @Test
    void aFilterWithNothingInItIsNoFilter()
    {
        assertThat(Config.minimal().with("/linux/seccomp", "{}").parse().linux().seccomp()).isEmpty();
        assertThat(Config.minimal().with("/linux/seccomp", "{\"defaultAction\": \"\", \"syscalls\": []}").parse().linux().seccomp())
                .isEmpty();
    }

    @Test
    void filterFlagsNotGivenDifferFromNone()
    {
        Config config = Config.minimal().with("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
        assertThat(config.parse().linux().seccomp().orElseThrow().flags()).isEmpty();
        assertThat(config.with("/linux/seccomp/flags", "[]").parse().linux().seccomp().orElseThrow().flags()).contains(Set.of());
    }

    @Test
    void swappinessOfMinusOneIsNotGiven()
    {
        Resources limits = SpecParser.parseResources(
                "{\"memory\": {\"swappiness\": 18446744073709551615}}".getBytes(StandardCharsets.UTF_8));
        assertThat(limits.memory().orElseThrow().swappiness()).isEmpty();
    }

    @Test
    void aConsoleSizeTooLargeForATerminalIsIgnoredWithoutOne()
    {
        Config config = Config.minimal().with("/process/consoleSize", "{\"height\": 70000, \"width\": 80}");
        assertThat(config.parse().process().consoleSize()).isEmpty();
        assertThatExceptionOfType(SpecException.class).isThrownBy(config.with("/process/terminal", "true")::parse)
                .withMessage("process.consoleSize.height: must be between 0 and 65535");
    }

    @Test
    void umaskKeepsThePermissionBitsOnly()
    {
        assertThat(Config.minimal().with("/process/user", "{\"umask\": 4294967295}").parse().process().user().umask()).hasValue(0777);
    }

    @ParameterizedTest
    @CsvSource({"1.0.0", "1.0.2-dev", "1.2.0+dev", "1.3.0", "1.99.0", "1.0.1-rc.1"})
    void acceptsVersionsWithinTheMajorOne(String version)
    {
        assertThat(Config.minimal().with("/ociVersion", "\"" + version + "\"").parse().ociVersion()).hasToString(version);
    }

    @Test
    void aProcessFileNeedsNoEnvironment()
    {
        ContainerProcess process = SpecParser.parseProcess("{\"cwd\": \"/\", \"args\": [\"ls\"]}".getBytes(StandardCharsets.UTF_8));
        assertThat(process.env()).isEmpty();
        assertThat(process.args()).containsExactly("ls");
    }

    @Test
    void aProcessFileIsReportedFromItsOwnTop()
    {
        assertThatExceptionOfType(SpecException.class)
                .isThrownBy(() -> SpecParser.parseProcess("{\"cwd\": \"tmp\", \"env\": [\"A\"]}".getBytes(StandardCharsets.UTF_8)))
                .satisfies(e -> assertThat(e.problems()).containsExactlyInAnyOrder(
                        new SpecProblem("cwd", "Cwd must be an absolute path"), new SpecProblem("args", "args must not be empty"),
                        new SpecProblem("env[0]", "invalid environment variable: missing '='")));
    }

    @Test
    void reportsAllFaultsTogether()
    {
        Config config = Config.minimal().with("/process/cwd", "\"tmp\"").with("/process/args", "[1]").with("/root/readonly", "\"yes\"")
                .with("/linux/namespaces/-", "{\"type\": \"pid\"}").with("/linux/namespaces/-", "{\"type\": \"pid\"}")
                .with("/linux/resources/pids", "{\"limit\": 1.5}").without("/ociVersion");
        assertThatExceptionOfType(SpecException.class).isThrownBy(config::parse)
                .satisfies(e -> assertThat(e.problems()).containsExactlyInAnyOrder(
                        new SpecProblem("ociVersion", "is required"),
                        new SpecProblem("root.readonly", "must be a boolean, is a string"),
                        new SpecProblem("process.args[0]", "must be a string, is an integer"),
                        new SpecProblem("process.cwd", "Cwd must be an absolute path"),
                        new SpecProblem("linux.resources.pids.limit", "must be an integer, is a number with a fraction or an exponent"),
                        new SpecProblem("linux.namespaces[2].type", "malformed spec file: duplicated ns \"pid\""),
                        new SpecProblem("linux.namespaces[3].type", "malformed spec file: duplicated ns \"pid\"")));
    }

    @Test
    void neverShowsTheValueOfAnEnvironmentVariable()
    {
        Config config = Config.minimal().with("/process/env", "[\"=s3cret\", \"s3cret\", \"TOKEN=s3cret\\u0000\", [\"s3cret\"]]");
        assertThatExceptionOfType(SpecException.class).isThrownBy(config::parse)
                .satisfies(e -> assertThat(e.getMessage()).contains("process.env[2]", "process.env[3]").doesNotContain("s3cret"));
    }
}
