package io.jrunc.spec;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** Each wrong value: where it stands, where the report says it stands, and what it says. */
class SpecFaultsTest
{
    private static final String ABSENT = "absent";

    static Stream<Arguments> faultsOfTheTopAndTheProcess()
    {
        return Stream.of(
                arguments("/ociVersion", ABSENT, "ociVersion", "is required"),
                arguments("/ociVersion", "\"\"", "ociVersion", "is not a version in SemVer"),
                arguments("/ociVersion", "\"1.0\"", "ociVersion", "\"1.0\" is not a version in SemVer 2.0.0 form"),
                arguments("/ociVersion", "\"1.01.0\"", "ociVersion", "is not a version in SemVer"),
                arguments("/ociVersion", "\"2.0.0\"", "ociVersion", "must be at least 1.0.0 and below 2.0.0"),
                arguments("/ociVersion", "\"0.9.0\"", "ociVersion", "version \"0.9.0\" is not supported"),
                arguments("/ociVersion", "\"1.0.0-rc5\"", "ociVersion", "version \"1.0.0-rc5\" is not supported"),
                arguments("/root", ABSENT, "root", "root must be specified"),
                arguments("/root", "null", "root", "root must be specified"),
                arguments("/root", "[]", "root", "must be an object, is an array"),
                arguments("/root/path", ABSENT, "root.path", "is required"),
                arguments("/root/path", "\"\"", "root.path", "must not be empty"),
                arguments("/root/path", "\"a\\u0000b\"", "root.path", "contains nul byte (\\x00)"),
                arguments("/process", ABSENT, "process", "process property must not be empty"),
                arguments("/process/cwd", ABSENT, "process.cwd", "Cwd property must not be empty"),
                arguments("/process/cwd", "\"\"", "process.cwd", "Cwd property must not be empty"),
                arguments("/process/cwd", "\"tmp\"", "process.cwd", "Cwd must be an absolute path"),
                arguments("/process/args", ABSENT, "process.args", "args must not be empty"),
                arguments("/process/args", "[]", "process.args", "args must not be empty"),
                arguments("/process/args", "\"sh\"", "process.args", "must be an array, is a string"),
                arguments("/process/args", "[null]", "process.args[0]", "must be a string, is null"),
                arguments("/process/args", "[\"a\\u0000\"]", "process.args[0]", "contains nul byte (\\x00)"),
                arguments("/process/env", "[\"A=1\", \"NAME\"]", "process.env[1]", "invalid environment variable: missing '='"),
                arguments("/process/env", "[\"=1\"]", "process.env[0]", "invalid environment variable: name cannot be empty"),
                arguments("/process/env", "[\"A=\\u0000\"]", "process.env[0]", "contains nul byte (\\x00)"),
                arguments("/process/user/uid", "-1", "process.user.uid", "must be between 0 and 4294967295, is -1"),
                arguments("/process/user/uid", "4294967296", "process.user.uid", "must be between 0 and 4294967295, is 4294967296"),
                arguments("/process/user/gid", "1.0", "process.user.gid", "must be an integer, is a number with a fraction"),
                arguments("/process/user/additionalGids", "[1, -1]", "process.user.additionalGids[1]", "must be between 0 and"),
                arguments("/process/capabilities", "[]", "process.capabilities", "must be an object, is an array"),
                arguments("/process/capabilities/bounding", "[7]", "process.capabilities.bounding[0]", "must be a string, is an integer"),
                arguments("/process/rlimits", "[{\"type\": \"RLIMIT_FOO\", \"soft\": 1, \"hard\": 1}]", "process.rlimits[0].type",
                        "wrong rlimit value: RLIMIT_FOO"),
                arguments("/process/rlimits", "[{\"soft\": 1, \"hard\": 1}]", "process.rlimits[0].type", "wrong rlimit value: "),
                arguments("/process/rlimits", "[{\"type\": \"RLIMIT_AS\", \"hard\": 1}]", "process.rlimits[0].soft", "is required"),
                arguments("/process/rlimits", "[{\"type\": \"RLIMIT_AS\", \"hard\": 1, \"soft\": 18446744073709551615}]",
                        "process.rlimits[0].soft", "soft limit 18446744073709551615 is above the hard limit 1"),
                arguments("/process/rlimits", "[{\"type\": \"RLIMIT_AS\", \"hard\": 18446744073709551616, \"soft\": 1}]",
                        "process.rlimits[0].hard", "must be between 0 and 18446744073709551615, is 18446744073709551616"),
                arguments("/process/rlimits", "[{\"type\": \"RLIMIT_AS\", \"hard\": 1, \"soft\": 1},"
                        + "{\"type\": \"RLIMIT_AS\", \"hard\": 2, \"soft\": 1}]", "process.rlimits[1].type", "duplicated rlimit RLIMIT_AS"),
                arguments("/process/oomScoreAdj", "1001", "process.oomScoreAdj", "must be between -1000 and 1000, is 1001"),
                arguments("/process/oomScoreAdj", "-1001", "process.oomScoreAdj", "must be between -1000 and 1000, is -1001"),
                arguments("/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 8}", "process.ioPriority.priority",
                        "invalid ioPriority.Priority: 8"),
                arguments("/process/ioPriority", "{\"class\": \"BEST\"}", "process.ioPriority.class", "invalid ioPriority.Class: \"BEST\""),
                arguments("/process/execCPUAffinity", "{\"initial\": \"0-\"}", "process.execCPUAffinity.initial", "bad CPUAffinity.Initial"),
                arguments("/process/execCPUAffinity", "{\"final\": \"65537\"}", "process.execCPUAffinity.final",
                        "bad CPUAffinity.Final \"65537\": values larger than 65536 are not supported"),
                arguments("/process/execCPUAffinity", "{\"final\": \"3-1\"}", "process.execCPUAffinity.final", "invalid range: 3-1"),
                arguments("/process/execCPUAffinity", "{\"final\": \", ,\"}", "process.execCPUAffinity.final", "no members found in set"),
                arguments("/annotations", "{\"\": \"x\"}", "annotations", "keys must not be empty"),
                arguments("/annotations", "{\"a.b\": 1}", "annotations[\"a.b\"]", "must be a string, is an integer"),
                arguments("/annotations", "{\"a\\u0000\": \"x\"}", "annotations[\"a\\u0000\"]", "contains nul byte (\\x00)"));
    }

    static Stream<Arguments> faultsOfTheScheduler()
    {
        return Stream.of(
                arguments("/process/scheduler", "{}", "process.scheduler.policy", "scheduler policy is required"),
                arguments("/process/scheduler", "{\"policy\": \"SCHED_X\"}", "process.scheduler.policy", "invalid scheduler policy: SCHED_X"),
                arguments("/process/scheduler", "{\"policy\": \"SCHED_BATCH\", \"nice\": 20}", "process.scheduler.nice",
                        "invalid scheduler.nice: 20 when scheduler.policy is SCHED_BATCH"),
                arguments("/process/scheduler", "{\"policy\": \"SCHED_OTHER\", \"nice\": -21}", "process.scheduler.nice",
                        "invalid scheduler.nice: -21 when scheduler.policy is SCHED_OTHER"),
                arguments("/process/scheduler", "{\"policy\": \"SCHED_OTHER\", \"priority\": 1}", "process.scheduler.priority",
                        "scheduler.priority can only be specified for SchedFIFO or SchedRR policy"),
                arguments("/process/scheduler", "{\"policy\": \"SCHED_FIFO\", \"period\": 1}", "process.scheduler",
                        "scheduler runtime/deadline/period can only be specified for SchedDeadline policy"),
                arguments("/process/scheduler", "{\"policy\": \"SCHED_RR\", \"flags\": [\"SCHED_FLAG_RECLAIM\", \"F\"]}",
                        "process.scheduler.flags[1]", "invalid scheduler flag: F"));
    }

    static Stream<Arguments> faultsOfMountsAndHooks()
    {
        return Stream.of(
                arguments("/mounts/0/destination", ABSENT, "mounts[0].destination", "is required"),
                arguments("/mounts/0/destination", "\"\"", "mounts[0].destination", "must not be empty"),
                arguments("/mounts/0/source", "\"\\u0000\"", "mounts[0].source", "contains nul byte"),
                arguments("/mounts/0/type", "\"proc\\u0000\"", "mounts[0].type", "contains nul byte"),
                arguments("/mounts/0/options", "\"ro\"", "mounts[0].options", "must be an array, is a string"),
                arguments("/mounts/0/options", "[\"idmap=uids=1-2\"]", "mounts[0].options",
                        "malformed mount option \"idmap=uids=1-2\""),
                arguments("/mounts/0/options", "[\"idmap=foo\"]", "mounts[0].options", "malformed mount option"),
                arguments("/mounts/0/uidMappings", "[{\"containerID\": 0, \"hostID\": 1}]", "mounts[0].uidMappings[0].size", "is required"),
                arguments("/mounts/0/gidMappings", "[{\"containerID\": 0, \"hostID\": 1, \"size\": 0}]", "mounts[0].gidMappings[0].size",
                        "must not be 0"),
                arguments("/hooks/poststop/0/path", ABSENT, "hooks.poststop[0].path", "is required"),
                arguments("/hooks/poststop/0/path", "\"bin/true\"", "hooks.poststop[0].path", "hook path must be absolute"),
                arguments("/hooks/poststop/0/timeout", "0", "hooks.poststop[0].timeout", "hook timeout must be greater than zero"),
                arguments("/hooks/poststop/0/timeout", "-5", "hooks.poststop[0].timeout", "hook timeout must be greater than zero"),
                arguments("/hooks/poststop/0/env", "[\"A\\u0000=\"]", "hooks.poststop[0].env[0]", "contains nul byte"),
                arguments("/hooks/prestart", "{}", "hooks.prestart", "must be an array, is an object"));
    }

    static Stream<Arguments> faultsOfTheLinuxSection()
    {
        return Stream.of(
                arguments("/linux/namespaces/0/type", "\"mnt\"", "linux.namespaces[0].type", "namespace \"mnt\" does not exist"),
                arguments("/linux/namespaces/0/type", ABSENT, "linux.namespaces[0].type", "does not exist"),
                arguments("/linux/namespaces/1/type", "\"mount\"", "linux.namespaces[1].type", "malformed spec file: duplicated ns"),
                arguments("/linux/namespaces/1/path", "\"proc/1/ns/pid\"", "linux.namespaces[1].path", "namespace path must be absolute"),
                arguments("/linux/namespaces/1/path", "\"/a,b\"", "linux.namespaces[1].path", "invalid namespace path \"/a,b\""),
                arguments("/linux/uidMappings", "[{\"containerID\": 1, \"hostID\": 0, \"size\": 4294967295}]",
                        "linux.uidMappings[0].containerID", "the range reaches beyond the last id"),
                arguments("/linux/timeOffsets", "{\"realtime\": {\"secs\": 1}}", "linux.timeOffsets",
                        "unknown clock \"realtime\": must be monotonic or boottime"),
                arguments("/linux/timeOffsets", "{\"boottime\": {\"nanosecs\": 1000000000}}", "linux.timeOffsets.boottime.nanosecs",
                        "must be between 0 and 999999999"),
                arguments("/linux/devices", "[{\"type\": \"x\", \"path\": \"/dev/x\", \"major\": 1, \"minor\": 1}]", "linux.devices[0].type",
                        "invalid device type \"x\""),
                arguments("/linux/devices", "[{\"type\": \"c\", \"path\": \"dev/x\", \"major\": 1, \"minor\": 1}]", "linux.devices[0].path",
                        "device path must be absolute, is \"dev/x\""),
                arguments("/linux/devices", "[{\"type\": \"c\", \"path\": \"/dev/x\", \"minor\": 1}]", "linux.devices[0].major", "is required"),
                arguments("/linux/devices", "[{\"type\": \"b\", \"path\": \"/dev/x\", \"major\": 1, \"minor\": 1048576}]",
                        "linux.devices[0].minor", "must be between 0 and 1048575"),
                arguments("/linux/devices", "[{\"type\": \"b\", \"path\": \"/dev/x\", \"major\": -1, \"minor\": 1}]",
                        "linux.devices[0].major", "must be between 0 and 4095"),
                arguments("/linux/netDevices", "{\"eth/0\": {}}", "linux.netDevices[\"eth/0\"]", "invalid network device name \"eth/0\""),
                arguments("/linux/netDevices", "{\"\": {}}", "linux.netDevices[\"\"]", "invalid network device name \"\""),
                arguments("/linux/netDevices", "{\"eth0\": {\"name\": \"..\"}}", "linux.netDevices.eth0.name",
                        "invalid network device name \"..\""),
                arguments("/linux/netDevices", "{\"eth0\": {\"name\": \"a23456789012345x\"}}", "linux.netDevices.eth0.name",
                        "invalid network device name"),
                arguments("/linux/rootfsPropagation", "\"sticky\"", "linux.rootfsPropagation", "rootfsPropagation=sticky is not supported"),
                arguments("/linux/sysctl", "{\"net.ipv4.x\": 1}", "linux.sysctl[\"net.ipv4.x\"]", "must be a string, is an integer"),
                arguments("/linux/sysctl", "{\"net/../kernel/core_pattern\": \"x\"}", "linux.sysctl[\"net/../kernel/core_pattern\"]",
                        "invalid sysctl name"),
                arguments("/linux/sysctl", "{\"net.//.kernel\": \"x\"}", "linux.sysctl[\"net.//.kernel\"]", "invalid sysctl name"),
                arguments("/linux/maskedPaths", "[\"proc\"]", "linux.maskedPaths[0]", "must be an absolute path, is \"proc\""),
                arguments("/linux/readonlyPaths", "[\"/a\", \"\"]", "linux.readonlyPaths[1]", "must be an absolute path"),
                arguments("/linux/intelRdt", "{\"closID\": \"..\"}", "linux.intelRdt.closID", "invalid intelRdt.ClosID \"..\""),
                arguments("/linux/intelRdt", "{\"closID\": \".\"}", "linux.intelRdt.closID", "invalid intelRdt.ClosID \".\""),
                arguments("/linux/intelRdt", "{\"closID\": \"a/b\"}", "linux.intelRdt.closID", "invalid intelRdt.ClosID \"a/b\""),
                arguments("/linux/intelRdt", "{\"memBwSchema\": \"L3:0=1\"}", "linux.intelRdt.memBwSchema", "must start with \"MB:\""),
                arguments("/linux/intelRdt", "{\"l3CacheSchema\": \"L3:0=1\\n\"}", "linux.intelRdt.l3CacheSchema", "newline"),
                arguments("/linux/intelRdt", "{\"schemata\": [\"a\", \"b\\nc\"]}", "linux.intelRdt.schemata[1]", "newline"),
                arguments("/linux/personality", "{\"domain\": \"BSD\"}", "linux.personality.domain", "invalid personality domain BSD"),
                arguments("/linux/personality", "{}", "linux.personality.domain", "invalid personality domain "),
                arguments("/linux/memoryPolicy", "{}", "linux.memoryPolicy.mode", "invalid memory policy mode \"\""),
                arguments("/linux/memoryPolicy", "{\"mode\": \"X\"}", "linux.memoryPolicy.mode", "invalid memory policy mode \"X\""),
                arguments("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"a\"}", "linux.memoryPolicy.nodes",
                        "invalid memory policy nodes \"a\""),
                arguments("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"F\"]}",
                        "linux.memoryPolicy.flags[0]", "invalid memory policy flag \"F\""),
                arguments("/linux/memoryPolicy", "{\"mode\": \"MPOL_LOCAL\", \"nodes\": \"0-2\"}", "linux.memoryPolicy.nodes",
                        "memory policy mode requires 0 nodes but got 3"),
                arguments("/linux/memoryPolicy", "{\"mode\": \"MPOL_PREFERRED_MANY\"}", "linux.memoryPolicy.nodes",
                        "memory policy mode requires at least one node but got 0"));
    }

    static Stream<Arguments> faultsOfTheFilter()
    {
        String rule = "/linux/seccomp/syscalls/0";
        String path = "linux.seccomp.syscalls[0]";
        return Stream.of(
                arguments("/linux/seccomp/defaultAction", "\"ALLOW\"", "linux.seccomp.defaultAction",
                        "string ALLOW is not a valid action for seccomp"),
                arguments("/linux/seccomp/defaultAction", ABSENT, "linux.seccomp.defaultAction", "is required"),
                arguments("/linux/seccomp/defaultAction", "7", "linux.seccomp.defaultAction", "must be a string, is an integer"),
                arguments("/linux/seccomp/defaultAction", "\"SCMP_ACT_NOTIFY\"", "linux.seccomp.defaultAction",
                        "SCMP_ACT_NOTIFY cannot be used as default action"),
                arguments("/linux/seccomp/defaultAction", "\"SCMP_ACT_ALLOW\"", "linux.seccomp.defaultErrnoRet",
                        "SCMP_ACT_ALLOW does not take an errno"),
                arguments("/linux/seccomp/defaultErrnoRet", "65536", "linux.seccomp.defaultErrnoRet", "must be between 0 and 65535"),
                arguments("/linux/seccomp/architectures", "[\"x86\"]", "linux.seccomp.architectures[0]",
                        "string x86 is not a valid arch for seccomp"),
                arguments("/linux/seccomp/flags", "[\"X\"]", "linux.seccomp.flags[0]", "string X is not a valid flag for seccomp"),
                arguments("/linux/seccomp/listenerPath", ABSENT, "linux.seccomp.listenerPath", "seccomp listenerPath is not set"),
                arguments("/linux/seccomp/listenerPath", ABSENT, "linux.seccomp.listenerMetadata", "must not be set without listenerPath"),
                arguments(rule + "/names", "[]", path + ".names", "must contain at least one entry"),
                arguments(rule + "/action", ABSENT, path + ".action", "is not a valid action for seccomp"),
                arguments(rule + "/action", "\"SCMP_ACT_NOTIFY\"", path + ".action",
                        "SCMP_ACT_NOTIFY cannot be used for the write syscall"),
                arguments(rule + "/errnoRet", "1", path + ".errnoRet", "SCMP_ACT_ALLOW does not take an errno"),
                arguments(rule + "/args", "[{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]", path + ".args[0].index",
                        "system calls have arguments 0 to 5, not 6"),
                arguments(rule + "/args", "[{\"index\": 0, \"op\": \"SCMP_CMP_EQ\"}]", path + ".args[0].value", "is required"),
                arguments(rule + "/args", "[{\"index\": 0, \"value\": 1, \"op\": \"EQ\"}]", path + ".args[0].op",
                        "string EQ is not a valid operator for seccomp"));
    }

    static Stream<Arguments> faultsOfTheLimits()
    {
        String limits = "/linux/resources";
        String path = "linux.resources";
        return Stream.of(
                arguments(limits + "/devices", "[{\"access\": \"r\"}]", path + ".devices[0].allow", "is required"),
                arguments(limits + "/devices", "[{\"allow\": true}]", path + ".devices[0].access", "device access field cannot be empty"),
                arguments(limits + "/devices", "[{\"allow\": true, \"access\": \"rx\"}]", path + ".devices[0].access",
                        "invalid device access \"rx\""),
                arguments(limits + "/devices", "[{\"allow\": true, \"access\": \"r\", \"type\": \"u\"}]", path + ".devices[0].type",
                        "invalid cgroup device type \"u\""),
                arguments(limits + "/devices", "[{\"allow\": true, \"access\": \"r\", \"major\": -2}]", path + ".devices[0].major",
                        "must be between 0 and 4294967295, or -1 for all"),
                arguments(limits + "/memory/limit", "9223372036854775808", path + ".memory.limit", "is 9223372036854775808"),
                arguments(limits + "/memory/limit", "-2", path + ".memory.limit", "must be -1 (unlimited) or more"),
                arguments(limits + "/memory", "{\"limit\": 100, \"swap\": 99}", path + ".memory.swap",
                        "memory+swap limit should be >= memory limit"),
                arguments(limits + "/memory/swappiness", "101", path + ".memory.swappiness",
                        "invalid memory swappiness value: 101 (valid range is 0-100)"),
                arguments(limits + "/memory/disableOOMKiller", "1", path + ".memory.disableOOMKiller", "must be a boolean, is an integer"),
                arguments(limits + "/cpu", "{\"quota\": 10, \"burst\": 11}", path + ".cpu.burst", "must not be larger than quota"),
                arguments(limits + "/cpu/idle", "2", path + ".cpu.idle", "must be 0 or 1"),
                arguments(limits + "/cpu/shares", "-1", path + ".cpu.shares", "must be between 0 and 18446744073709551615"),
                arguments(limits + "/blockIO/weight", "65536", path + ".blockIO.weight", "must be between 0 and 65535"),
                arguments(limits + "/blockIO/weightDevice", "[{\"major\": 8, \"minor\": 0}]", path + ".blockIO.weightDevice[0]",
                        "weightDevice needs weight or leafWeight"),
                arguments(limits + "/blockIO/throttleReadIOPSDevice", "[{\"major\": 8, \"rate\": 0}]",
                        path + ".blockIO.throttleReadIOPSDevice[0].minor", "is required"),
                arguments(limits + "/hugepageLimits", "[{\"pageSize\": \"../../x\", \"limit\": 1}]", path + ".hugepageLimits[0].pageSize",
                        "invalid hugepage size \"../../x\": must be like 64KB, 2MB or 1GB"),
                arguments(limits + "/hugepageLimits", "[{\"pageSize\": \"2MiB\", \"limit\": 1}]", path + ".hugepageLimits[0].pageSize",
                        "invalid hugepage size"),
                arguments(limits + "/hugepageLimits", "[{\"pageSize\": \"2MB\"}]", path + ".hugepageLimits[0].limit", "is required"),
                arguments(limits + "/network/priorities", "[{\"name\": \"a b\", \"priority\": 1}]", path + ".network.priorities[0].name",
                        "invalid network device name \"a b\""),
                arguments(limits + "/network/classID", "4294967296", path + ".network.classID", "must be between 0 and 4294967295"),
                arguments(limits + "/rdma", "{\"mlx5_1\": {}}", path + ".rdma.mlx5_1", "rdma entry needs hcaHandles or hcaObjects"),
                arguments(limits + "/rdma", "{\"a b\": {\"hcaObjects\": 1}}", path + ".rdma[\"a b\"]", "invalid rdma device name \"a b\""),
                arguments(limits + "/unified", "{\"a/b\": \"1\"}", path + ".unified[\"a/b\"]",
                        "unified resource \"a/b\" must be a file name (no slashes)"),
                arguments(limits + "/unified", "{\"..\": \"1\"}", path + ".unified[\"..\"]", "must be a file name"));
    }

    @ParameterizedTest(name = "{0} = {1}")
    @MethodSource({"faultsOfTheTopAndTheProcess", "faultsOfTheScheduler", "faultsOfMountsAndHooks", "faultsOfTheLinuxSection",
            "faultsOfTheLimits"})
    void reportsTheFaultAtItsPlace(String pointer, String value, String path, String message)
    {
        assertFault(Config.minimal(), pointer, value, path, message);
    }

    @ParameterizedTest(name = "{0} = {1}")
    @MethodSource("faultsOfTheFilter")
    void reportsTheFaultOfTheFilterAtItsPlace(String pointer, String value, String path, String message)
    {
        assertFault(Config.everything(), pointer, value, path, message);
    }

    private static void assertFault(Config config, String pointer, String value, String path, String message)
    {
        Config faulty = value.equals(ABSENT) ? config.without(pointer) : config.with(pointer, value);
        assertThatExceptionOfType(SpecException.class).isThrownBy(faulty::parse)
                .satisfies(e -> assertThat(e.problems()).anySatisfy(problem -> {
                    assertThat(problem.path()).isEqualTo(path);
                    assertThat(problem.message()).contains(message);
                }))
                .satisfies(e -> assertThat(e.problems()).extracting(SpecProblem::path).doesNotHaveDuplicates());
    }

    static Stream<Arguments> brokenDocuments()
    {
        return Stream.of(
                arguments("", "malformed JSON: the document is empty"),
                arguments("  \n", "malformed JSON: the document is empty"),
                arguments("null", "config cannot be null"),
                arguments("[]", "the document must be an object, is an array"),
                arguments("\"x\"", "the document must be an object, is a string"),
                arguments("{\n \"root\": }", "malformed JSON at line 2, column 10"),
                arguments("{\"root\": {}", "malformed JSON at line 1"),
                arguments("{} {}", "text after the end of the document"),
                arguments("{'root': 1}", "malformed JSON at line 1, column 2"),
                arguments("{\"a\": \"\t\"}", "malformed JSON at line 1"),
                arguments("{\"a\": " + "[".repeat(201) + "]".repeat(201) + "}", "nesting depth"),
                arguments("{\"a\": 1" + "0".repeat(2000) + "}", "malformed JSON"));
    }

    @ParameterizedTest
    @MethodSource("brokenDocuments")
    void reportsWhatIsNoConfigAtAll(String document, String message)
    {
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> SpecParser.parse(document.getBytes(StandardCharsets.UTF_8)))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.problems()).hasSize(1).allSatisfy(p -> assertThat(p.path()).isEmpty()))
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @Test
    void refusesHalfACharacter()
    {
        String half = "{\"cwd\": \"/\", \"args\": [\"a\\ud83db\", \"\\ude00\", \"\\ud83d\\ude00\"]}";
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> SpecParser.parseProcess(half.getBytes(StandardCharsets.UTF_8)))
                .satisfies(e -> assertThat(e.problems()).containsExactly(new SpecProblem("args[0]", "is not valid Unicode"),
                        new SpecProblem("args[1]", "is not valid Unicode")));
    }

    @Test
    void refusesBytesThatAreNotUtf8()
    {
        byte[] latin1 = "{\"hostname\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> SpecParser.parse(latin1)).withMessageContaining("malformed JSON");
        byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16BE);
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> SpecParser.parse(utf16)).withMessageContaining("malformed JSON");
    }

    static Stream<Arguments> tooMuch()
    {
        return Stream.of(
                arguments("{\"a\": \"" + "x".repeat(JsonTree.MAX_BYTES) + "\"}", "malformed JSON: longer than 4194304 bytes"),
                arguments("{\"a\": [" + "[],".repeat(100_000) + "[]]}", "malformed JSON at line 1, column 300002: more than 100000 values"),
                arguments("{\"ociVersion\": \"1.0.0-" + "a.".repeat(60_000) + "a\"}", "it is longer than 256 characters"),
                arguments("{\"process\": {\"cwd\": \"/" + "a".repeat(131_071) + "\"}}", "process.cwd: is longer than 131071 bytes"),
                arguments("{\"process\": {\"cwd\": \"/" + "\u20ac".repeat(43_691) + "\"}}", "process.cwd: is longer than 131071 bytes"),
                arguments("{\"mounts\": [" + "7,".repeat(50_000) + "7]}", "mounts[0]: must be an object, is an integer"),
                arguments("{\"mounts\": [" + "7,".repeat(50_000) + "7]}", "; and 49904 more faults"));
    }

    /** One engine serves many callers: what one gives it has a limit, and so has the answer. */
    @ParameterizedTest
    @MethodSource("tooMuch")
    void whatIsTooLargeIsOneShortError(String json, String message)
    {
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> SpecParser.parse(json.getBytes(StandardCharsets.UTF_8)))
                .withMessageContaining(message).satisfies(e -> assertThat(e.getMessage().length()).isLessThan(20_000));
    }

    @Test
    void anAnnotationMayBeLongerThanWhatTheKernelTakes()
    {
        String text = "x".repeat(1 << 20);
        assertThat(Config.minimal().with("/annotations", "{\"a\": \"" + text + "\"}").parse().annotations()).containsEntry("a", text);
    }
}
