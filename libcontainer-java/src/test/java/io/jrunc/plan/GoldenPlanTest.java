package io.jrunc.plan;

import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whole plans, as text, against the ones under {@code src/test/resources/plans}. A change of a plan is reviewed as a change of these;
 * {@code mvn test -Djrunc.golden=write} writes them anew.
 */
class GoldenPlanTest
{
    private static final Stdio.Terminal CALLERS_TERMINAL = new Stdio.Terminal(24, 80, Optional.empty());
    private static final String FILTER = """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}""";

    @Test
    void theExampleCreatedWithTheCallersStreams()
    {
        compare("example-create", plan(Configs.example().with("/process/terminal", "false"), Hosts.create(), Hosts.root()));
    }

    @Test
    void theExampleRunOnTheCallersTerminal()
    {
        compare("example-run-terminal", plan(Configs.example(), Hosts.options(Start.RUN, CALLERS_TERMINAL), Hosts.root()));
    }

    @Test
    void theTerminalHandedToASocket()
    {
        compare("create-console-socket", plan(
                Configs.example().with("/process/consoleSize", "{\"height\": 50, \"width\": 120}"),
                Hosts.options(Start.CREATE, new Stdio.Terminal(0, 0, Optional.of("/run/console.sock"))), Hosts.root()));
    }

    @Test
    void aNewUserNamespaceMadeByOneClone()
    {
        compare("user-namespace", plan(mapped(Configs.example().namespaces("user", "pid", "mount", "network", "ipc", "uts", "cgroup")),
                Hosts.run(), Hosts.root()));
    }

    @Test
    void theRootlessExample()
    {
        compare("rootless", plan(Configs.rootless().with("/process/oomScoreAdj", "100"), Hosts.run(), Hosts.user()));
    }

    @Test
    void aJoinedNetworkNamespace()
    {
        compare("joined-network", plan(Configs.example().namespaces("pid", "mount", "ipc", "uts", "network=/run/netns/blue"), Hosts.run(),
                Hosts.root()));
    }

    /** In another cgroup namespace than the first a new mount changes nothing for anybody. */
    @Test
    void noCgroupNamespaceForAContainerInAContainer()
    {
        compare("inner-cgroup2", plan(Configs.example().namespaces("pid", "mount", "ipc", "uts", "network"), Hosts.run(),
                Hosts.root(new PlanFacts.Cgroups.Unified("/sys/fs/cgroup", Optional.of("/sys/fs/cgroup/web"), true, false))));
    }

    @Test
    void aNewUserNamespaceWithAJoinedNetworkIsMadeInStages()
    {
        compare("user-namespace-joined-network", plan(mapped(Configs.example().namespaces("user", "pid", "mount", "ipc", "uts",
                "network=/run/netns/blue")),
                Hosts.run(), Hosts.root()));
    }

    @Test
    void aPodWhosePidAndUserNamespacesAreJoined()
    {
        compare("joined-pid-user", plan(Configs.example().namespaces("user=/proc/77/ns/user", "pid=/proc/77/ns/pid", "mount", "time"),
                Hosts.create(), Hosts.rootJoiningUsers()));
    }

    @Test
    void noMountNamespace()
    {
        compare("no-mount-namespace", plan(Configs.example().namespaces("pid", "uts")
                .with("/linux/maskedPaths", "[]").with("/linux/readonlyPaths", "[]").with("/mounts", "[]"), Hosts.run(), Hosts.root()));
    }

    @Test
    void anAgentAMovedNetworkDeviceAndAResctrlGroup()
    {
        compare("belongings", plan(Configs.example()
                        .with("/linux/seccomp", """
                                {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/agent.sock",
                                 "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}""")
                        .with("/linux/netDevices", "{\"eth1\": {\"name\": \"net%d\"}}")
                        .with("/linux/intelRdt", "{\"closID\": \"guaranteed\", \"enableMonitoring\": true}"),
                Hosts.create(), Hosts.root()));
    }

    @Test
    void mountsOfEveryKind()
    {
        compare("mounts", plan(Configs.example()
                        .mount("/data", "none", "/srv/data", "rbind", "ro", "nosuid", "exec", "rprivate", "slave")
                        .mount("/etc/resolv.conf", "bind", "/etc/resolv.conf", "bind")
                        .mount("/relative", "bind", "data", "bind", "rnoatime", "rro")
                        .mount("/inner", "bind", "rootfs/srv", "bind", "ro")
                        .mount("/run", "tmpfs", "tmpfs", "ro", "nodev", "tmpcopyup", "size=1m,mode=700")
                        .mount("/scratch", "tmpfs", "tmpfs", "sync", "noatime")
                        .mount("/etc/localtime", "bind", "/etc/localtime", "bind", "copy-symlink")
                        .with("/mounts/-", """
                                {"destination": "/mapped", "source": "/srv/data", "options": ["bind"],
                                 "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
                                 "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}""")
                        .mount("/again", "bind", "rootfs/data/sub", "rbind", "ro", "idmap=uids=0-7-1;gids=0-8-1", "src-nofollow"),
                Hosts.run(), Hosts.root()));
    }

    @Test
    void cgroupsOfVersionOneWithANamespace()
    {
        compare("cgroup1-namespace", plan(Configs.example(), Hosts.run(), Hosts.root(Hosts.SPLIT)));
    }

    @Test
    void cgroupsOfVersionOneWithoutANamespace()
    {
        compare("cgroup1-bind", plan(Configs.example().namespaces("pid", "mount"), Hosts.run(), Hosts.root(Hosts.SPLIT)));
    }

    /** systemd makes a cgroup around a process that is there, and none before. */
    @Test
    void cgroupsOfSystemd()
    {
        compare("systemd", plan(Configs.example(), Hosts.run(), Hosts.root(Hosts.SYSTEMD)));
    }

    @Test
    void cgroupsOfVersionOneAndSystemd()
    {
        compare("systemd-cgroup1", plan(Configs.example(), Hosts.run(), Hosts.root(Hosts.SYSTEMD_SPLIT)));
    }

    @Test
    void everythingThatShapesTheProcess()
    {
        compare("process", plan(Configs.example()
                        .with("/process/noNewPrivileges", "false")
                        .with("/process/user", "{\"uid\": 1000, \"gid\": 100, \"umask\": 63, \"additionalGids\": [10, 20]}")
                        .with("/process/cwd", "\"/work\"")
                        .with("/process/capabilities",
                                "{\"bounding\": [\"CAP_CHOWN\", \"CAP_FUTURE\"], \"effective\": [\"CAP_CHOWN\"], \"ambient\": [\"CAP_KILL\"]}")
                        .with("/process/oomScoreAdj", "-500")
                        .with("/process/apparmorProfile", "\"web\"")
                        .with("/process/selinuxLabel", "\"system_u:system_r:container_t:s0\"")
                        .with("/process/scheduler", "{\"policy\": \"SCHED_BATCH\", \"nice\": 5}")
                        .with("/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 4}")
                        .with("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0\"}")
                        .with("/linux/personality", "{\"domain\": \"LINUX32\"}")
                        .with("/linux/sysctl", "{\"net.ipv4.ip_forward\": \"1\", \"net/ipv4/conf/eno2.100/rp_filter\": \"2\"}")
                        .with("/linux/mountLabel", "\"system_u:object_r:container_file_t:s0:c1,c2\"")
                        .with("/linux/seccomp", FILTER)
                        .with("/linux/rootfsPropagation", "\"shared\"")
                        .with("/linux/devices",
                                "[{\"path\": \"/dev/fuse\", \"type\": \"c\", \"major\": 10, \"minor\": 229, \"fileMode\": 384, \"uid\": 1000}, "
                                + "{\"path\": \"/dev/null\", \"type\": \"c\", \"major\": 1, \"minor\": 3, \"fileMode\": 292}]")
                        .with("/hooks", """
                                {"prestart": [{"path": "/bin/true"}], "createRuntime": [{"path": "/bin/true"}], "createContainer": [{"path": "/bin/true"}],
                                 "startContainer": [{"path": "/bin/true"}], "poststart": [{"path": "/bin/true"}]}"""),
                Hosts.options(Start.RUN_DETACHED, new Stdio.Inherited()), Hosts.rootWithModules()));
    }

    @Test
    void oneMoreProcessInTheExample()
    {
        Spec spec = Configs.example().with("/linux/seccomp", FILTER).spec();
        compare("exec", ExecPlanBuilder.plan(spec, spec.process(), Hosts.options(Start.RUN, CALLERS_TERMINAL), Hosts.root(), 4711, false));
    }

    @Test
    void oneMoreProcessThatIsHeld()
    {
        Spec spec = Configs.example().spec();
        compare("exec-held", ExecPlanBuilder.plan(spec, spec.process(), Hosts.options(Start.RUN, CALLERS_TERMINAL), Hosts.root(), 4711, true));
    }

    @Test
    void oneMoreProcessBoundToCpus()
    {
        Spec spec = mapped(Configs.example().namespaces("user", "pid", "mount"))
                .with("/process/execCPUAffinity", "{\"initial\": \"0\", \"final\": \"0-3\"}").spec();
        compare("exec-affinity-user-namespace", ExecPlanBuilder.plan(spec, spec.process(), Hosts.run(), Hosts.root(), 4711, false));
    }

    private static Configs mapped(Configs config)
    {
        String ids = "[{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]";
        return config.with("/linux/uidMappings", ids).with("/linux/gidMappings", ids);
    }

    private static String plan(Configs config, RunOptions options, PlanFacts facts)
    {
        return PlanPrinter.print(PlanBuilder.plan(config.spec(), options, facts));
    }

    private static void compare(String name, Plan plan)
    {
        compare(name, PlanPrinter.print(plan));
    }

    private static void compare(String name, String text)
    {
        Path golden = Stream.of("src/test/resources", "libcontainer-java/src/test/resources").map(Path::of).filter(Files::isDirectory)
                .findFirst().orElseThrow()
                .resolve("plans").resolve(name + ".txt");
        try {
            if ("write".equals(System.getProperty("jrunc.golden"))) {
                Files.createDirectories(golden.getParent());
                Files.writeString(golden, text);
            }
            assertThat(text).as("%s; mvn test -Djrunc.golden=write accepts the new plan", golden).isEqualTo(Files.readString(golden));
        }
        catch (IOException e) {
            throw new AssertionError(golden + " cannot be read; mvn test -Djrunc.golden=write makes it", e);
        }
    }
}
