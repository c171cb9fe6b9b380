package io.jrunc.plan;

import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.Propagation;
import io.jrunc.spec.Spec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Properties that hold for any plan, and details of single steps. */
class PlanRulesTest
{
    @Test
    void everySlotIsFilledBeforeAStepTakesIt()
    {
        Configs many = IntStream.range(0, 400).boxed().reduce(Configs.example(),
                (config, i) -> config.mount("/data/" + i, "bind", "/srv/data", "bind"), (a, b) -> b);
        Configs joined = Configs.example().namespaces("pid=/p", "network=/n", "mount=/m", "ipc=/i", "uts=/u", "user=/x", "cgroup=/c",
                "time=/t");
        for (Configs config : List.of(many, joined)) {
            Set<Integer> filled = new HashSet<>();
            int taken = 0;
            for (Action action : actions(PlanBuilder.plan(config.spec(), Hosts.create(), Hosts.rootJoiningUsers()))) {
                switch (action) {
                    case PlannedWork(EngineStep.OpenSource open, String _, Optional<String> _) -> assertThat(filled.add(open.slot()))
                            .as("slot %d is free", open.slot()).isTrue();
                    case PlannedWork(EngineStep.OpenNamespace open, String _, Optional<String> _) -> assertThat(filled.add(open.slot()))
                            .isTrue();
                    case PlannedStep(RootfsStep.MountTree tree, String _, Optional<String> _) -> {
                        assertThat(filled.remove(tree.tree())).as("%s", tree).isTrue();
                        taken++;
                    }
                    case PlannedStep(NamespaceStep.Setns setns, String _, Optional<String> _) -> {
                        assertThat(filled.remove(setns.namespace())).as("%s", setns).isTrue();
                        taken++;
                    }
                    default -> { }
                }
            }
            assertThat(filled).isEmpty();
            assertThat(taken).isEqualTo(config == many ? 400 : 8);
        }
    }

    @Test
    void slotsStayInsideTheTable()
    {
        Configs many = IntStream.range(0, 1000).boxed().reduce(Configs.example(),
                (config, i) -> config.mount("/data/" + i, "bind", "/srv/data", "bind"), (a, b) -> b);
        assertThat(steps(PlanBuilder.plan(many.spec(), Hosts.create(), Hosts.root()), RootfsStep.MountTree.class))
                .hasSize(1000)
                .allSatisfy(step -> assertThat(step.tree()).isBetween(Slots.SOURCE, Slots.COUNT - 1));
    }

    /** The kernel would refuse the whole clone where the caller may not join; a move may fail alone. */
    @Test
    void anExecOfAUserIsMovedIntoItsCgroupAndNotClonedThere()
    {
        Spec spec = Configs.example().spec();
        PlanFacts root = Hosts.root();
        PlanFacts user = new PlanFacts(root.rootfs(), 1000, false, false, false, 40, false, false, true, root.namespaces(), List.of(), List.of(), root.cgroups(), root.sources());
        for (PlanFacts facts : List.of(root, user)) {
            Plan plan = ExecPlanBuilder.plan(spec, spec.process(), Hosts.run(), facts, 4711, false);
            boolean moved = actions(plan).stream().anyMatch(action -> action instanceof PlannedWork work && work.step().equals(new EngineStep.JoinCgroup(Slots.NONE)));
            assertThat(moved).isEqualTo(facts == user);
            assertThat(steps(plan, LauncherStep.Clone.class)).extracting(LauncherStep.Clone::cgroup).containsExactly(facts == user ? Slots.NONE : Slots.CGROUP);
        }
    }

    @Test
    void anExecHasTheContainersUmaskBeforeItsOwn()
    {
        Spec with = Configs.example().with("/process/user", "{\"uid\": 0, \"gid\": 0, \"umask\": 19}").spec();
        Spec other = Configs.example().with("/process/user", "{\"uid\": 0, \"gid\": 0, \"umask\": 63}").spec();
        Spec without = Configs.example().spec();
        assertThat(umaskOfExec(with, other)).containsExactly(new ProcessStep.Umask(023));
        assertThat(umaskOfExec(without, other)).containsExactly(new ProcessStep.Umask(077));
        assertThat(umaskOfExec(without, without)).isEmpty();
    }

    private static List<ProcessStep.Umask> umaskOfExec(Spec container, Spec added)
    {
        return steps(ExecPlanBuilder.plan(container, added.process(), Hosts.run(), Hosts.root(), 4711, false), ProcessStep.Umask.class);
    }

    @Test
    void withoutACapabilitiesSectionTheSetsAreLeftAlone()
    {
        Plan plan = PlanBuilder.plan(Configs.example().without("/process/capabilities").spec(), Hosts.create(), Hosts.root());
        assertThat(steps(plan, ProcessStep.Bounding.class)).isEmpty();
        assertThat(steps(plan, ProcessStep.Capabilities.class)).isEmpty();
        assertThat(steps(plan, ProcessStep.Credentials.class)).extracting(ProcessStep.Credentials::keepCapabilities).containsExactly(false);
    }

    @Test
    void realTimeValuesAreLeftOutAloudWhereNoCgroupTakesThem()
    {
        Configs asked = Configs.example().with("/linux/resources/cpu", "{\"realtimeRuntime\": 20000, \"realtimePeriod\": 500000}");
        assertThat(PlanBuilder.plan(asked.spec(), Hosts.create(), Hosts.root()).warnings())
                .containsExactly("ignoring linux.resources.cpu.realtimeRuntime and realtimePeriod: cgroup v2 has no such limits");
        assertThat(PlanBuilder.plan(asked.spec(), Hosts.create(), Hosts.root(Hosts.SPLIT)).warnings()).isEmpty();
        Configs zero = Configs.example().with("/linux/resources/cpu", "{\"realtimeRuntime\": 0, \"realtimePeriod\": 0}");
        assertThat(PlanBuilder.plan(zero.spec(), Hosts.create(), Hosts.root()).warnings()).isEmpty();
    }

    /** A read-only path is a bind, which such a mount refuses. */
    @Test
    void mountsBecomeUnbindableWhenAllIsBound()
    {
        List<Step> steps = steps(PlanBuilder.plan(Configs.example().with("/linux/rootfsPropagation", "\"runbindable\"").spec(), Hosts.create(), Hosts.root()), Step.class);
        RootfsStep.Propagation last = new RootfsStep.Propagation("", Propagation.RUNBINDABLE.mountFlags());
        assertThat(steps).containsOnlyOnce(last);
        assertThat(steps.subList(steps.indexOf(last), steps.size())).noneMatch(step -> step instanceof RootfsStep.ReadonlyPath || step instanceof RootfsStep.MaskPath);
    }

    /** On v2 the cpuset would else come after the policy, or beside it. */
    @Test
    void aDeadlineProcessMeetsItsCpusetBeforeItsPolicy()
    {
        Configs deadline = Configs.example().with("/process/scheduler", "{\"policy\": \"SCHED_DEADLINE\", \"runtime\": 1000, \"deadline\": 2000, \"period\": 3000}")
                .with("/linux/resources/memory", "{\"limit\": 1048576}");
        List<Action> bound = actions(PlanBuilder.plan(deadline.with("/linux/resources/cpu", "{\"cpus\": \"0\"}").spec(), Hosts.create(), Hosts.root()));
        List<Action> free = actions(PlanBuilder.plan(deadline.spec(), Hosts.create(), Hosts.root()));
        assertThat(place(bound, PlanRulesTest::limits)).isLessThan(place(bound, PlanRulesTest::schedules));
        assertThat(place(free, PlanRulesTest::limits)).isGreaterThan(place(free, PlanRulesTest::schedules));
    }

    /** By its number in the batch a failed one is known. */
    @Test
    void hooksOfTheStartComeAfterAKnownNumberOfSteps()
    {
        String hooks = "{\"startContainer\": [{\"path\": \"/bin/true\"}]}";
        Configs hooked = Configs.example().with("/hooks", hooks).with("/process/noNewPrivileges", "true");
        Configs filtered = hooked.with("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
        for (Configs config : List.of(hooked, filtered, filtered.with("/process/noNewPrivileges", "false"))) {
            List<Action> start = PlanBuilder.plan(config.spec(), Hosts.create(), Hosts.root()).start().actions();
            assertThat(place(start, action -> action instanceof PlannedWork work && work.step() instanceof EngineStep.RunHooks)).isEqualTo(PlanBuilder.stepsBeforeStartHooks(config.spec()));
        }
    }

    private static int place(List<Action> actions, Predicate<Action> wanted)
    {
        return actions.indexOf(actions.stream().filter(wanted).findFirst().orElseThrow());
    }

    private static boolean limits(Action action)
    {
        return action instanceof PlannedWork work && work.step() instanceof EngineStep.LimitCgroup;
    }

    private static boolean schedules(Action action)
    {
        return action instanceof PlannedStep step && step.step() instanceof ProcessStep.Scheduler;
    }

    @Test
    void withoutAPathNoDirectoryIsSearched()
    {
        Plan plan = PlanBuilder.plan(Configs.example().with("/process/env", "[]").spec(), Hosts.create(), Hosts.root());
        assertThat(steps(plan, ProcessStep.FindProgram.class)).containsExactly(new ProcessStep.FindProgram("sh", ""));
    }

    @Test
    void whereNobodyMayChangeGroupsTheyAreLeftAlone()
    {
        PlanFacts root = Hosts.root();
        PlanFacts denied = new PlanFacts(root.rootfs(), 0, true, true, true, 40, false, false, true, root.namespaces(), List.of(), List.of(), root.cgroups(),
                root.sources());
        assertThat(steps(PlanBuilder.plan(Configs.example().spec(), Hosts.create(), denied), ProcessStep.Credentials.class))
                .extracting(ProcessStep.Credentials::groups).containsExactly("-");
        assertThat(steps(PlanBuilder.plan(Configs.example().spec(), Hosts.create(), root), ProcessStep.Credentials.class))
                .extracting(ProcessStep.Credentials::groups).containsExactly("");
    }

    @Test
    void aBindOverDevMeansThatItsContentIsTheBundles()
    {
        Plan plan = PlanBuilder.plan(Configs.example().mount("/dev", "bind", "/srv/data", "rbind").spec(), Hosts.create(), Hosts.root());
        assertThat(steps(plan, RootfsStep.Mknod.class)).isEmpty();
        assertThat(steps(plan, RootfsStep.Symlink.class)).isEmpty();
    }

    @Test
    void readOnlyMountsThatMustBeFilledFirstAreSealedAtTheEnd()
    {
        Plan plan = PlanBuilder.plan(Configs.example().mount("/run", "tmpfs", "tmpfs", "ro").spec(), Hosts.create(), Hosts.root());
        RootfsStep.MountFs run = steps(plan, RootfsStep.MountFs.class).stream().filter(step -> step.target().equals("/run")).findFirst()
                .orElseThrow();
        assertThat(run.attributes() & Kernel.MOUNT_ATTR_RDONLY).isZero();
        assertThat(run.options()).doesNotContain("ro");
        assertThat(steps(plan, RootfsStep.RemountRo.class)).extracting(RootfsStep.RemountRo::target).containsExactly("/run", "");
    }

    @Test
    void aMaskedPathIsMaskedOnce()
    {
        Plan plan = PlanBuilder.plan(Configs.example().with("/linux/maskedPaths", "[\"/proc/keys\", \"/proc/acpi\", \"/proc/keys\"]")
                .spec(), Hosts.create(), Hosts.root());
        assertThat(steps(plan, RootfsStep.MaskPath.class)).extracting(RootfsStep.MaskPath::path).containsExactly("/proc/keys",
                "/proc/acpi");
    }

    @Test
    void clocksAreShiftedBeforeAnyoneIsInside()
    {
        Plan plan = PlanBuilder.plan(Configs.example().namespaces("time", "mount")
                .with("/linux/timeOffsets", "{\"monotonic\": {\"secs\": -5, \"nanosecs\": 7}, \"boottime\": {\"secs\": 3}}").spec(),
                        Hosts.create(), Hosts.root());
        assertThat(steps(plan, NamespaceStep.class)).startsWith(
                new NamespaceStep.Unshare(Kernel.CLONE_NEWTIME), new NamespaceStep.TimensOffsets("monotonic -5 7\nboottime 3 0\n"));
    }

    @Test
    void aUserOfAWritableCgroupMountOwnsTheCgroup()
    {
        Configs config = Configs.example().with("/process/user", "{\"uid\": 5, \"gid\": 5}").with("/mounts", "[]")
                .mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw");
        assertThat(work(PlanBuilder.plan(config.spec(), Hosts.create(), Hosts.root()), EngineStep.ChownCgroup.class))
                .containsExactly(new EngineStep.ChownCgroup(5));
        Configs readonly = Configs.example().with("/process/user", "{\"uid\": 5, \"gid\": 5}");
        assertThat(work(PlanBuilder.plan(readonly.spec(), Hosts.create(), Hosts.root()), EngineStep.ChownCgroup.class)).isEmpty();
    }

    @Test
    void limitsAreInForceBeforeTheFirstHook()
    {
        Spec spec = Configs.example().with("/hooks", "{\"createContainer\": [{\"path\": \"/bin/true\"}]}").spec();
        assertThat(work(PlanBuilder.plan(spec, Hosts.create(), Hosts.root()), EngineStep.class))
                .containsSubsequence(new EngineStep.LimitCgroup(false), new EngineStep.RunHooks(io.jrunc.spec.HookKind.CREATE_CONTAINER))
                .containsOnlyOnce(new EngineStep.LimitCgroup(false));
    }

    /** Its root is the cgroup namespace of who mounts it, which before is the host's. */
    @Test
    void cgroupsAreMountedFromInsideTheirNamespaceWhateverTheirType()
    {
        for (String type : List.of("cgroup", "cgroup2")) {
            Configs config = Configs.example().namespaces("mount", "cgroup").with("/mounts", "[]").mount("/groups", type, type, "ro").mount("/later", "tmpfs", "tmpfs");
            for (PlanFacts facts : List.of(Hosts.root(), Hosts.root(Hosts.SPLIT))) {
                List<Action> actions = actions(PlanBuilder.plan(config.spec(), Hosts.create(), facts));
                int inside = place(actions, action -> action instanceof PlannedStep step && step.step().equals(new NamespaceStep.Unshare(Kernel.CLONE_NEWCGROUP)));
                int mounted = place(actions, action -> action instanceof PlannedStep step && step.step() instanceof RootfsStep.MountFs);
                assertThat(mounted).as(type).isGreaterThan(inside);
            }
        }
    }

    @Test
    void limitsGoBesideTheInitsWorkUnlessItCouldMeetOne()
    {
        assertThat(work(PlanBuilder.plan(Configs.example().spec(), Hosts.create(), Hosts.root()), EngineStep.LimitCgroup.class))
                .containsExactly(new EngineStep.LimitCgroup(true));
        Spec memory = Configs.example().with("/linux/resources/memory", "{\"limit\": 1048576}").spec();
        assertThat(work(PlanBuilder.plan(memory, Hosts.create(), Hosts.root()), EngineStep.LimitCgroup.class))
                .containsExactly(new EngineStep.LimitCgroup(false));
        Spec joined = Configs.example().namespaces("pid=/proc/1/ns/pid", "mount").spec();
        assertThat(work(PlanBuilder.plan(joined, Hosts.create(), Hosts.root()), EngineStep.LimitCgroup.class))
                .as("the init forks, which a limit of one process would forbid").containsExactly(new EngineStep.LimitCgroup(false));
        Spec disk = Configs.example().with("/mounts/-", "{\"destination\": \"/data\", \"type\": \"ext4\", \"source\": \"/dev/sdb1\"}").spec();
        assertThat(work(PlanBuilder.plan(disk, Hosts.create(), Hosts.root()), EngineStep.LimitCgroup.class))
                .containsExactly(new EngineStep.LimitCgroup(false));
    }

    @Test
    void aProcessLimitsItselfUnlessItsUserNamespaceForbidsToRaise()
    {
        Plan plain = PlanBuilder.plan(Configs.example().spec(), Hosts.create(), Hosts.root());
        assertThat(work(plain, EngineStep.SetRlimits.class)).isEmpty();
        assertThat(plain.preparation().stream().flatMap(phase -> phase.actions().stream()).filter(PlannedStep.class::isInstance)
                .map(action -> ((PlannedStep) action).step()).toList()).contains(new ProcessStep.Rlimit(7, 1024, 1024));
        Spec mapped = Configs.example().with("/linux/namespaces/-", "{\"type\": \"user\"}")
                .with("/linux/uidMappings", "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}]")
                .with("/linux/gidMappings", "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}]").spec();
        assertThat(work(PlanBuilder.plan(mapped, Hosts.create(), Hosts.root()), EngineStep.SetRlimits.class)).hasSize(1);
    }

    @Test
    void aNotifyingFilterIsLoadedWhileTheEngineIsThereToHandTheListenerOver()
    {
        Spec spec = Configs.example().with("/linux/seccomp", """
                {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/agent.sock",
                 "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}""").spec();
        Plan plan = PlanBuilder.plan(spec, Hosts.create(), Hosts.root());
        assertThat(plan.start().actions()).noneMatch(action -> action instanceof PlannedWork work
                && work.step() instanceof EngineStep.LoadSeccomp);
        assertThat(work(plan, EngineStep.class)).containsSubsequence(
                new EngineStep.OpenStartFifos(Slots.START, Slots.REPORT), new EngineStep.LoadSeccomp(), new EngineStep.SendListener(),
                        new EngineStep.SaveState(false));
    }

    @Test
    void theSocketOfTheServiceManagerIsBoundAndNamed()
    {
        RunOptions options = new RunOptions("web", Hosts.BUNDLE, Start.CREATE, new Stdio.Inherited(), false, true, false, 2, 1,
                Optional.of("/run/user/notify"));
        Plan plan = PlanBuilder.plan(Configs.example().spec(), options, Hosts.root());
        assertThat(plan.environment().entries()).contains("NOTIFY_SOCKET=/run/notify/notify.sock", "LISTEN_FDS=2", "LISTEN_PID=1");
        assertThat(work(plan, EngineStep.OpenSource.class)).extracting(EngineStep.OpenSource::source).containsExactly("/run/user/notify");
        assertThat(steps(plan, LauncherStep.Clone.class)).extracting(LauncherStep.Clone::keep).containsExactly(3);
        assertThat(steps(plan, ProcessStep.Keyring.class)).isEmpty();
        assertThat(steps(plan, LauncherStep.Subreaper.class)).isEmpty();
    }

    @Test
    void commasSeparateOptionsUnlessQuotedOrEscaped()
    {
        assertThat(MountPlan.split(List.of("mode=755,size=1m", "context=\"a:b:c1,c2\"", "lowerdir=/a\\,b:/c", "")))
                .containsExactly("mode=755", "size=1m", "context=a:b:c1,c2", "lowerdir=/a\\,b:/c");
    }

    @Test
    void aPrintedPlanShowsNamesButNoValueOfTheEnvironment()
    {
        Plan plan = PlanBuilder.plan(Configs.example().with("/process/env", "[\"TOKEN=hunter2\"]").spec(), Hosts.create(), Hosts.root());
        assertThat(PlanPrinter.print(plan)).contains("TOKEN").doesNotContain("hunter2");
    }

    private static List<Action> actions(Plan plan)
    {
        return Stream.concat(plan.preparation().stream(), Stream.of(plan.start(), plan.running())).flatMap(phase -> phase.actions()
                .stream()).toList();
    }

    private static <T> List<T> steps(Plan plan, Class<T> kind)
    {
        List<T> steps = new ArrayList<>();
        for (Action action : actions(plan)) {
            if (action instanceof PlannedStep planned && kind.isInstance(planned.step())) {
                steps.add(kind.cast(planned.step()));
            }
        }
        return steps;
    }

    private static <T> List<T> work(Plan plan, Class<T> kind)
    {
        return actions(plan).stream().filter(PlannedWork.class::isInstance).map(action -> ((PlannedWork) action).step())
                .filter(kind::isInstance).map(kind::cast).toList();
    }
}
