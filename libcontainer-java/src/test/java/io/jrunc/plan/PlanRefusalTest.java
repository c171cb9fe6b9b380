package io.jrunc.plan;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What is refused while planning, in which words, at which place. The example has seven mounts, so an added one is {@code mounts[7]}. */
class PlanRefusalTest
{
    @Test
    void aMountOnTheRootItself()
    {
        assertThat(problems(Configs.example().mount("/a/..", "tmpfs", "tmpfs")))
                .containsExactly(new SpecProblem("mounts[7].destination", "mountpoint is on the top of rootfs"));
    }

    @Test
    void somethingElseOnProc()
    {
        assertThat(problems(Configs.example().mount("/proc", "tmpfs", "tmpfs")))
                .containsExactly(new SpecProblem("mounts[7].destination", "\"/proc\" cannot be mounted because it is not of type proc"));
    }

    @Test
    void aBindOfAnOrdinaryDirectoryOnProc()
    {
        assertThat(problems(Configs.example().mount("/proc/", "bind", "/srv/data", "bind")))
                .containsExactly(new SpecProblem("mounts[7].destination", "\"/proc\" cannot be mounted because it is not of type proc"));
    }

    @Test
    void aMountInsideProcHoweverItIsWritten()
    {
        assertThat(problems(Configs.example().mount("/tmp/../proc/sys", "bind", "/srv/data", "bind")))
                .containsExactly(new SpecProblem("mounts[7].destination", "\"/proc/sys\" cannot be mounted because it is inside /proc"));
    }

    @Test
    void lxcfsMayCoverItsFilesInProc()
    {
        Plan plan = plan(Configs.example().mount("/proc/cpuinfo", "bind", "/etc/resolv.conf", "bind"), Hosts.root());
        assertThat(PlanPrinter.print(plan)).contains("target=/proc/cpuinfo flags=file");
    }

    @Test
    void aBindOfAPartOfProcIsOnlyAWarning()
    {
        Plan plan = plan(Configs.example().mount("/proc", "bind", "/proc/sys", "bind"), Hosts.root());
        assertThat(plan.warnings()).containsExactly("bind-mount of /proc/sys on /proc: it is not the root of a procfs");
        assertThat(plan(Configs.example().mount("/proc", "bind", "/proc", "rbind"), Hosts.root()).warnings()).isEmpty();
    }

    @Test
    void aBindWhoseSourceIsMissing()
    {
        assertThat(problems(Configs.example().mount("/data", "bind", "/nowhere", "bind")))
                .containsExactly(new SpecProblem("mounts[7].source", "bind mount source /nowhere: no such file or directory"));
    }

    @Test
    void everyProblemIsToldAtOnce()
    {
        assertThat(problems(Configs.example().mount("/", "tmpfs", "tmpfs").mount("/data", "bind", "/nowhere", "bind")))
                .extracting(SpecProblem::path).containsExactly("mounts[7].destination", "mounts[8].source");
    }

    @Test
    void namespacesOfAKindThatTheKernelLacks()
    {
        assertThat(problems(Configs.example().namespaces("pid", "mount", "time"), Hosts.create(), Hosts.rootOfOldKernel())).containsExactly(
                new SpecProblem("linux.namespaces[2]", "this kernel has no time namespaces (/proc/self/ns/time is missing)"));
        assertThat(problems(Configs.example().namespaces("pid", "time=/proc/1/ns/time", "mount"), Hosts.create(), Hosts.rootOfOldKernel()))
                .extracting(SpecProblem::path).containsExactly("linux.namespaces[1].path");
    }

    @Test
    void recursiveOptionsOnAKernelWithoutThem()
    {
        assertThat(problems(Configs.example().mount("/data", "bind", "/srv/data", "rbind", "rro"), Hosts.create(), Hosts.rootOfOldKernel()))
                .containsExactly(new SpecProblem("mounts[7].options",
                        "recursive mount options need mount_setattr(2), which this kernel does not have (Linux 5.12 does)"));
    }

    @Test
    void otherMappingsThanThoseOfTheUserNamespaceThatIsJoined()
    {
        Configs config = Configs.example().namespaces("mount").with("/linux/namespaces/-", "{\"type\": \"user\", \"path\": \"/proc/4711/ns/user\"}")
                .with("/linux/uidMappings", "[{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]")
                .with("/linux/gidMappings", "[{\"containerID\": 0, \"hostID\": 100000, \"size\": 1000}]");
        assertThat(problems(config, Hosts.create(), Hosts.rootJoiningUsers())).containsExactly(new SpecProblem("linux.gidMappings",
                "the user namespace that is joined has other mappings: 0 100000 65536"));
    }

    @Test
    void anIdMappedMountOfAnUnprivilegedCaller()
    {
        Configs config = Configs.rootless().mount("/data", "bind", "/srv/data", "bind", "idmap");
        assertThat(problems(config, Hosts.run(), Hosts.user()))
                .containsExactly(new SpecProblem("mounts[7]", "id-mapped mounts are not allowed for rootless containers"));
    }

    @Test
    void networkDevicesOfAnUnprivilegedCaller()
    {
        assertThat(problems(Configs.rootless().with("/linux/netDevices", "{\"eth1\": {}}"), Hosts.run(), Hosts.user()))
                .containsExactly(new SpecProblem("linux.netDevices", "network devices are not supported for rootless containers"));
    }

    @Test
    void aPrivateRootWithoutPivot()
    {
        RunOptions noPivot = new RunOptions("web", Hosts.BUNDLE, Start.CREATE, new Stdio.Inherited(), true, false, true, 0, 0,
                Optional.empty());
        assertThat(problems(Configs.example().with("/linux/rootfsPropagation", "\"rprivate\""), noPivot, Hosts.root()))
                .containsExactly(new SpecProblem("linux.rootfsPropagation",
                        "rootfsPropagation of [r]private is not safe without pivot_root"));
    }

    @Test
    void labelsOfModulesThatAreOff()
    {
        assertThat(problems(Configs.example().with("/process/apparmorProfile", "\"web\"").with("/process/selinuxLabel", "\"a:b:c\"")
                .with("/linux/mountLabel", "\"a:b:c\"")))
                .containsExactly(
                        new SpecProblem("process.apparmorProfile",
                                "apparmor profile is specified in config, but apparmor is disabled or not supported"),
                        new SpecProblem("process.selinuxLabel",
                                "selinux label is specified in config, but selinux is disabled or not supported"),
                        new SpecProblem("linux.mountLabel",
                                "selinux label is specified in config, but selinux is disabled or not supported"));
    }

    @Test
    void moreGroupsInARootlessContainer()
    {
        Configs config = Configs.rootless().with("/process/user", "{\"uid\": 0, \"gid\": 0, \"additionalGids\": [0]}");
        assertThat(problems(config, Hosts.run(), Hosts.user()))
                .containsExactly(new SpecProblem("process.user.additionalGids",
                        "cannot set any additional groups in a rootless container"));
    }

    @Test
    void aUserWhomTheJoinedNamespaceDoesNotKnow()
    {
        Configs config = Configs.example().namespaces("user=/proc/77/ns/user", "mount").with("/process/user",
                "{\"uid\": 70000, \"gid\": 0}");
        assertThat(problems(config, Hosts.create(), Hosts.rootJoiningUsers()))
                .containsExactly(new SpecProblem("process.user.uid", "cannot setuid to unmapped uid 70000 in user namespace"));
    }

    @Test
    void anExecAsAUserWhomTheContainerDoesNotKnow()
    {
        var saved = Configs.example().namespaces("user", "mount")
                .with("/linux/uidMappings", "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 1}]")
                .with("/linux/gidMappings", "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 1}]").spec();
        var added = Configs.example().with("/process/user", "{\"uid\": 5, \"gid\": 0}").spec().process();
        SpecException refused = catchThrowableOfType(SpecException.class, () -> ExecPlanBuilder.plan(saved, added, Hosts.run(),
                Hosts.root(), 4711, false));
        assertThat(refused.problems()).containsExactly(new SpecProblem("process.user.uid",
                "cannot setuid to unmapped uid 5 in user namespace"));
    }

    private static List<SpecProblem> problems(Configs config)
    {
        return problems(config, Hosts.create(), Hosts.root());
    }

    private static List<SpecProblem> problems(Configs config, RunOptions options, PlanFacts facts)
    {
        SpecException refused = catchThrowableOfType(SpecException.class, () -> PlanBuilder.plan(config.spec(), options, facts));
        assertThat(refused).as("a plan that should be refused").isNotNull();
        return refused.problems();
    }

    private static Plan plan(Configs config, PlanFacts facts)
    {
        return PlanBuilder.plan(config.spec(), Hosts.create(), facts);
    }
}
