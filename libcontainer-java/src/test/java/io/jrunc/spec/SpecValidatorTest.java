package io.jrunc.spec;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class SpecValidatorTest
{
    private static final String MAP = "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}]";

    private static Config with(String... namespaces)
    {
        Config config = Config.minimal().with("/linux/namespaces", "[]");
        for (String namespace : namespaces) {
            String[] parts = namespace.split("@");
            config = config.with("/linux/namespaces/-", parts.length == 1
                    ? "{\"type\": \"" + parts[0] + "\"}"
                    : "{\"type\": \"" + parts[0] + "\", \"path\": \"" + parts[1] + "\"}");
        }
        return config;
    }

    private static Config userNamespace()
    {
        return with("user").with("/linux/uidMappings", MAP).with("/linux/gidMappings", MAP);
    }

    static Stream<Arguments> contradictions()
    {
        String bind = "{\"destination\": \"/a\", \"source\": \"/b\", \"options\": [\"bind\"]}";
        return Stream.of(
                arguments(with().with("/hostname", "\"a\""), "hostname", "unable to set hostname without a private UTS namespace"),
                arguments(with().with("/domainname", "\"a\""), "domainname", "unable to set domainname without a private UTS namespace"),
                arguments(with("uts").with("/hostname", "\"" + "a".repeat(65) + "\""), "hostname", "is longer than 64 bytes"),
                arguments(with().with("/linux/maskedPaths", "[\"/a\"]"), "linux.maskedPaths",
                        "unable to restrict sys entries without a private MNT namespace"),
                arguments(with().with("/linux/readonlyPaths", "[\"/a\"]"), "linux.readonlyPaths",
                        "unable to restrict sys entries without a private MNT namespace"),
                arguments(with().with("/linux/uidMappings", MAP), "linux.uidMappings",
                        "user namespace mappings specified, but user namespace isn't enabled in the config"),
                arguments(with().with("/linux/gidMappings", MAP), "linux.gidMappings",
                        "user namespace mappings specified, but user namespace isn't enabled in the config"),
                arguments(with("user"), "linux.namespaces",
                        "user namespaces enabled, but no namespace path to join nor mappings to apply specified"),
                arguments(with("user").with("/linux/uidMappings", MAP), "linux.gidMappings", "but no gid mappings found"),
                arguments(userNamespace().with("/linux/uidMappings/0/containerID", "1"), "linux.uidMappings",
                        "user namespaces enabled, but no mapping found for uid 0"),
                arguments(userNamespace().with("/linux/uidMappings/-", "{\"containerID\": 9, \"hostID\": 5000, \"size\": 1}"),
                        "linux.uidMappings[1].containerID", "the range overlaps an earlier one"),
                arguments(userNamespace().with("/linux/gidMappings/-", "{\"containerID\": 10, \"hostID\": 995, \"size\": 6}"),
                        "linux.gidMappings[1].hostID", "the range overlaps an earlier one"),
                arguments(userNamespace().with("/process/user/uid", "10"), "process.user.uid",
                        "cannot setuid to unmapped uid 10 in user namespace"),
                arguments(userNamespace().with("/process/user/gid", "11"), "process.user.gid",
                        "cannot setgid to unmapped gid 11 in user namespace"),
                arguments(userNamespace().with("/process/user/additionalGids", "[1, 12]"), "process.user.additionalGids[1]",
                        "cannot setgroups to unmapped gid 12 in user namespace"),
                arguments(with().with("/linux/timeOffsets", "{\"boottime\": {}}"), "linux.timeOffsets",
                        "time namespace offsets specified, but time namespace isn't enabled in the config"),
                arguments(with("time@/proc/1/ns/time").with("/linux/timeOffsets", "{\"boottime\": {}}"), "linux.timeOffsets",
                        "both namespace path and time offsets specified"),
                arguments(with().with("/linux/netDevices", "{\"eth0\": {}}"), "linux.netDevices",
                        "unable to move network devices without a NET namespace"),
                arguments(with("network").with("/linux/netDevices", "{\"eth0\": {}, \"eth1\": {\"name\": \"eth0\"}}"),
                        "linux.netDevices.eth1", "both this and eth0 would be named \"eth0\" in the container"),
                arguments(with().with("/mounts/-", bind).with("/mounts/1/options/-", "\"size=1\""), "mounts[1].options",
                        "bind mounts cannot have any filesystem-specific options applied"),
                arguments(with().with("/mounts/-", bind).without("/mounts/1/source"), "mounts[1].source", "is required for a bind mount"),
                arguments(with().without("/mounts/0/type"), "mounts[0].type", "is required for a mount that is neither bind nor remount"),
                arguments(with("user@/proc/1/ns/user").with("/mounts/0/options", "[\"idmap\"]"), "mounts[0]",
                        "id-mapped mounts are only supported for bind-mounts"),
                arguments(with().with("/mounts/-", bind).with("/mounts/1/options/-", "\"idmap\""), "mounts[1]",
                        "id-mapped mounts must have both uid and gid mappings specified"),
                arguments(with().with("/mounts/-", bind).with("/mounts/1/uidMappings", MAP), "mounts[1]",
                        "id-mapped mounts must have both uid and gid mappings specified"),
                arguments(with().with("/mounts/-", bind).with("/mounts/1/options/-", "\"ridmap=uids=0-1-1\""), "mounts[1]",
                        "id-mapped mounts must have both uid and gid mappings specified"));
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void reportsTheContradictionAtItsPlace(Config config, String path, String message)
    {
        assertThat(SpecValidator.problems(config.parse(), p -> false)).singleElement().satisfies(problem -> {
            assertThat(problem.path()).isEqualTo(path);
            assertThat(problem.message()).contains(message);
        });
        assertThatExceptionOfType(SpecException.class).isThrownBy(() -> SpecValidator.validate(config.parse(), p -> false))
                .withMessageStartingWith(path + ": ");
    }

    static Stream<Arguments> goodConfigs()
    {
        String idmapped = "{\"destination\": \"/a\", \"source\": \"/b\", \"options\": [\"bind\", \"ridmap\"]}";
        return Stream.of(
                arguments(with("uts").with("/hostname", "\"a\"").with("/domainname", "\"b\"")),
                arguments(with("uts@/proc/1/ns/uts").with("/hostname", "\"a\"")),
                arguments(userNamespace().with("/process/user", "{\"uid\": 9, \"gid\": 9, \"additionalGids\": [1]}")),
                // containerd and cri-o write both; whether they agree is for the host to say
                arguments(with("user@/proc/1/ns/user").with("/linux/uidMappings", MAP).with("/linux/gidMappings", MAP)),
                arguments(with("user@/proc/1/ns/user").with("/process/user/uid", "77")),
                arguments(userNamespace().with("/mounts/-", idmapped)),
                arguments(with("user@/proc/1/ns/user").with("/mounts/-", idmapped)),
                arguments(with().with("/mounts/-", idmapped).with("/mounts/1/uidMappings", MAP).with("/mounts/1/gidMappings", MAP)),
                arguments(with().with("/mounts/-", idmapped).with("/mounts/1/options/1", "\"idmap=uids=0-1-1;gids=0-1-1\"")),
                arguments(with().with("/mounts/-", "{\"destination\": \"/\", \"options\": [\"remount\", \"ro\"]}")),
                arguments(with("network").with("/linux/netDevices", "{\"a\": {\"name\": \"e%d\"}, \"b\": {\"name\": \"e%d\"}}")),
                arguments(with("time").with("/linux/timeOffsets", "{\"boottime\": {\"secs\": 1}}")));
    }

    @ParameterizedTest
    @MethodSource("goodConfigs")
    void acceptsWhatFitsTogether(Config config)
    {
        assertThat(SpecValidator.problems(config.parse(), p -> false)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            kernel.msgmax                      | ipc           |
            kernel.shm_rmid_forced             | ipc           |
            kernel/sem                         | ipc           |
            fs.mqueue.queues_max               | ipc           |
            kernel.shmmax                      | uts           | sysctl "kernel.shmmax" is not allowed in the hosts ipc namespace
            fs.mqueue.msg_max                  | uts           | sysctl "fs.mqueue.msg_max" is not allowed in the hosts ipc namespace
            net.ipv4.ip_forward                | network       |
            net.ipv4.ip_forward                | network@/new  |
            net.ipv4.ip_forward                | network@/own  | sysctl "net.ipv4.ip_forward" not allowed in host network namespace
            net.ipv4.ip_forward                | ipc           | sysctl "net.ipv4.ip_forward" not allowed in host network namespace
            net/ipv4/conf/eno2.100/rp_filter   | network       |
            net/ipv4/conf/eno2.100/rp_filter   | ipc           | sysctl "net.ipv4.conf.eno2/100.rp_filter" not allowed in host network namespace
            kernel.domainname                  | uts           |
            kernel.domainname                  | ipc           | sysctl "kernel.domainname" is not in a separate kernel namespace
            kernel.hostname                    | uts           | sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field
            kernel.hostname                    | ipc           | sysctl "kernel.hostname" is not in a separate kernel namespace
            user.max_net_namespaces            | user@/u       |
            user.max_net_namespaces            | ipc           | setting ucounts without a user namespace not allowed: user.max_net_namespaces
            kernel.core_pattern                | ipc           | sysctl "kernel.core_pattern" is not in a separate kernel namespace
            vm.swappiness                      | network       | sysctl "vm.swappiness" is not in a separate kernel namespace
            network.x                          | network       | sysctl "network.x" is not in a separate kernel namespace
            """)
    void letsOnlyParametersOfTheContainersOwnNamespacesBeSet(String key, String namespace, String complaint)
    {
        Spec spec = with(namespace).with("/linux/sysctl", "{\"" + key + "\": \"1\"}").parse();
        List<SpecProblem> problems = SpecValidator.problems(spec, path -> path.equals("/own"));
        if (complaint == null) {
            assertThat(problems).isEmpty();
        }
        else {
            assertThat(problems).containsExactly(new SpecProblem(Problems.join("linux.sysctl", key), complaint));
        }
    }

    @Test
    void warnsOfWhatIsAcceptedButNotDone()
    {
        Config config = Config.minimal().with("/mounts/0/destination", "\"proc\"")
                .with("/linux/personality", "{\"domain\": \"LINUX\", \"flags\": [\"X\"]}")
                .with("/linux/resources/memory", "{\"kernel\": 1}");
        assertThat(SpecValidator.warnings(config.parse())).extracting(SpecProblem::toString).containsExactly(
                "mounts[0].destination: mount destination \"proc\" is not absolute: taken as relative to /, which is deprecated",
                "linux.personality.flags: ignoring unsupported personality flags: [X]",
                "linux.resources.memory: kernel memory settings are ignored");
        assertThat(SpecValidator.warnings(Config.minimal().parse())).isEmpty();
    }

    @Test
    void theUserOfAnExecIsCheckedAgainstTheNamespacesMaps()
    {
        List<IdMapping> map = List.of(new IdMapping(0, 1000, 1));
        User stranger = new User(5, 0, OptionalInt.empty(), List.of());
        assertThat(SpecValidator.userProblems("user", stranger, map, map))
                .containsExactly(new SpecProblem("user.uid", "cannot setuid to unmapped uid 5 in user namespace"));
        assertThat(SpecValidator.userProblems("user", User.ROOT, map, map)).isEmpty();
    }

    static Stream<Arguments> tooMuchForAUser()
    {
        return Stream.of(
                arguments(with(), "linux.namespaces", "rootless container requires user namespaces"),
                arguments(with("user").with("/linux/gidMappings", MAP), "linux.uidMappings", "requires at least one UID mapping"),
                arguments(with("user").with("/linux/uidMappings", MAP), "linux.gidMappings", "requires at least one GID mapping"),
                arguments(userNamespace().with("/linux/netDevices", "{\"eth0\": {}}"), "linux.netDevices",
                        "network devices are not supported for rootless containers"),
                arguments(userNamespace().with("/process/user/additionalGids", "[1]"), "process.user.additionalGids",
                        "cannot set any additional groups in a rootless container"),
                arguments(userNamespace().with("/mounts/0/options", "[\"idmap\"]"), "mounts[0]",
                        "id-mapped mounts are not supported for rootless containers"),
                arguments(userNamespace().with("/mounts/0/options", "[\"gid=10\"]"), "mounts[0].options",
                        "cannot specify gid=10 mount option for rootless container"),
                arguments(userNamespace().with("/mounts/0/options", "[\"uid=5\", \"uid=11\"]"), "mounts[0].options",
                        "cannot specify uid=11 mount option for rootless container"));
    }

    @ParameterizedTest
    @MethodSource("tooMuchForAUser")
    void reportsWhatAUserCannotHave(Config config, String path, String message)
    {
        assertThat(RootlessRules.problems(config.parse())).singleElement().satisfies(problem -> {
            assertThat(problem.path()).isEqualTo(path);
            assertThat(problem.message()).contains(message);
        });
    }

    @Test
    void aUserMayJoinAUserNamespaceWithoutMappings()
    {
        assertThat(RootlessRules.problems(with("user@/proc/1/ns/user").with("/mounts/0/options", "[\"gid=5\"]").parse())).isEmpty();
        assertThat(RootlessRules.problems(userNamespace().with("/mounts/0/options", "[\"gid=5\", \"uid=x\"]").parse())).isEmpty();
    }
}
