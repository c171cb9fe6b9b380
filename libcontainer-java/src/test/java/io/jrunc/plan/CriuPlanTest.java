package io.jrunc.plan;

import io.jrunc.error.SpecException;
import io.jrunc.plan.ExternalMounts.External;
import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** How a process becomes criu, and which mounts criu is told of. */
class CriuPlanTest
{
    private static final RunOptions DETACHED = Hosts.options(Start.RUN_DETACHED, new Stdio.Inherited());

    private static List<String> names(Plan plan)
    {
        return Stream.concat(plan.preparation().stream().flatMap(phase -> phase.actions().stream()), plan.running().actions().stream()).map(action -> switch (action) {
            case PlannedStep step -> step.step().op().wireName();
            case PlannedWork work -> PlanPrinter.name(work.step());
            case PlannedFallback fallback -> "fallback";
        }).toList();
    }

    private static <S extends Step> List<S> steps(Plan plan, Class<S> kind)
    {
        return plan.preparation().stream().flatMap(phase -> phase.actions().stream()).filter(PlannedStep.class::isInstance).map(action -> ((PlannedStep) action).step())
                .filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void forACheckpointItIsAPlainProcessOfTheHost()
    {
        LauncherStep.Clone clone = new LauncherStep.Clone(0, false, Slots.NONE, 0, Kernel.SIGKILL);
        assertThat(steps(CriuPlanBuilder.checkpoint(true), Step.class)).containsExactly(clone);
        assertThat(steps(CriuPlanBuilder.checkpoint(false), Step.class)).containsExactly(clone, new NamespaceStep.Setsid());
    }

    @Test
    void forARestoreItHasTheCgroupAndItsLimitsAndARootThatIsAMount()
    {
        Plan plan = CriuPlanBuilder.restore(Configs.example().mount("/data", "bind", "/srv/data", "bind").spec(), DETACHED, Hosts.root());
        assertThat(names(plan)).startsWith("create-cgroup", "subreaper", "clone", "propagation", "rootfs").endsWith("open-source", "mount_tree", "open-source", "rootfs", "mount_tree",
                "limit-cgroup", "detach");
        assertThat(steps(plan, RootfsStep.MountTree.class)).extracting(RootfsStep.MountTree::target).containsExactly("/data", Hosts.ROOTFS);
        assertThat(steps(plan, LauncherStep.Clone.class)).extracting(LauncherStep.Clone::namespaces).containsExactly(Kernel.CLONE_NEWNS);
    }

    @Test
    void onOlderHostsItMovesIntoEveryHierarchyBeforeItIsCriu()
    {
        assertThat(names(CriuPlanBuilder.restore(Configs.example().spec(), DETACHED, Hosts.root(Hosts.SPLIT))))
                .startsWith("open-cgroup", "subreaper", "clone", "dispatch", "create-cgroup", "join-cgroup");
    }

    @Test
    void attachedItHasThePipesThatTheContainerGets()
    {
        Plan plan = CriuPlanBuilder.restore(Configs.example().spec(), Hosts.run(), Hosts.root());
        assertThat(names(plan)).containsSubsequence("stdio_pipes", "clone").endsWith("forward");
    }

    /** Places in memory come from the images, those of cgroups with what holds them. */
    @Test
    void placesAreMadeWhereTheImagesHaveNone()
    {
        Plan plan = CriuPlanBuilder.restore(Configs.example().mount("/dev/data", "bind", "/srv/data", "bind").mount("/etc/localtime", "bind", "/etc/localtime", "bind", "copy-symlink").spec(),
                DETACHED, Hosts.root());
        assertThat(steps(plan, RootfsStep.Mkdir.class)).extracting(RootfsStep.Mkdir::path).containsExactly("/proc", "/dev", "/sys");
        assertThat(steps(plan, RootfsStep.Symlink.class)).extracting(RootfsStep.Symlink::path).containsExactly("/etc/localtime");
        assertThat(steps(plan, RootfsStep.MountTree.class)).extracting(RootfsStep.MountTree::target).containsExactly(Hosts.ROOTFS);
    }

    @Test
    void whatCannotBeRestoredIsToldWithItsPlace()
    {
        assertThatThrownBy(() -> CriuPlanBuilder.restore(Configs.example().namespaces("mount", "cgroup=/proc/1/ns/cgroup").spec(), DETACHED, Hosts.root()))
                .isInstanceOf(SpecException.class).hasMessageContaining("linux.namespaces[1].path").hasMessageContaining("criu cannot restore into a cgroup namespace that exists");
        assertThatThrownBy(() -> CriuPlanBuilder.restore(Configs.example().mount("/data", "bind", "/srv/none", "bind").spec(), DETACHED, Hosts.root()))
                .isInstanceOf(SpecException.class).hasMessageContaining("bind mount source /srv/none: no such file or directory");
    }

    @Test
    void criuIsToldOfBindsAndDevicesAndTheNotifySocket()
    {
        RunOptions notify = new RunOptions("web", Hosts.BUNDLE, Start.RUN_DETACHED, new Stdio.Inherited(), false, false, false, 0, 0, Optional.of("/run/user/notify"));
        List<External> all = ExternalMounts.of(Configs.example().mount("/data", "bind", "data", "bind").spec(), notify, Hosts.root());
        assertThat(all).contains(new External("/data", "/bundles/web/data"), new External("/dev/null", "/dev/null"), new External("/run/notify", "/run/user/notify"))
                .noneMatch(external -> external.target().startsWith("/sys"));
    }

    @Test
    void ofVersion1CgroupsTheContainersOwnGroupsAreBindsUnlessItHasANamespace()
    {
        assertThat(ExternalMounts.of(Configs.example().namespaces("mount").spec(), DETACHED, Hosts.root(Hosts.SPLIT)))
                .contains(new External("/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/web"), new External("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/systemd/web"));
        assertThat(ExternalMounts.of(Configs.example().namespaces("mount", "cgroup").spec(), DETACHED, Hosts.root(Hosts.SPLIT)))
                .noneMatch(external -> external.target().startsWith("/sys"));
    }
}
