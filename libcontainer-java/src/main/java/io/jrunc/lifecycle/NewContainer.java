package io.jrunc.lifecycle;

import static io.jrunc.error.Errno.EINVAL;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.Resctrl;
import io.jrunc.error.BugException;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.StepException;
import io.jrunc.hooks.ContainerProcessState;
import io.jrunc.host.Detour;
import io.jrunc.host.HostProcess;
import io.jrunc.host.MountTable;
import io.jrunc.host.Namespaces;
import io.jrunc.host.SourceTrees;
import io.jrunc.os.Fd;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.Op;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.ProcessStep;
import io.jrunc.plan.Slots;
import io.jrunc.seccomp.SeccompProgram;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.Mount;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Propagation;
import io.jrunc.spec.Resources;
import io.jrunc.spec.Rlimit;
import io.jrunc.spec.Seccomp;
import io.jrunc.spec.Spec;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.ContainerState;
import io.jrunc.state.Journal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The engine's side of the steps that make a container.
 */
final class NewContainer implements Construction.Setting
{
    private static final int STREAMS = 3;

    private final Session session;
    private final CreateRequest request;
    private final Bundle bundle;
    private final CgroupDriver cgroup;
    private final ContainerDirectory directory;
    private final Filters filters;
    private final boolean rootless;
    private final HookRunner hooks;
    private final MountMappings mappings;
    private boolean cgroupBegun;
    private Optional<SeccompProgram> filter = Optional.empty();

    NewContainer(Session session, CreateRequest request, Bundle bundle, CgroupDriver cgroup, ContainerDirectory directory, Filters filters, boolean rootless, HookRunner hooks,
            MountMappings mappings)
    {
        this.session = session;
        this.request = request;
        this.bundle = bundle;
        this.cgroup = cgroup;
        this.directory = directory;
        this.filters = filters;
        this.rootless = rootless;
        this.hooks = hooks;
        this.mappings = mappings;
    }

    @Override
    public Optional<HookRunner> hooks()
    {
        return Optional.of(hooks);
    }

    @Override
    public void begun(HostProcess init)
    {
        directory.begin(new Journal.Entry.Init(init.pid(), init.startTime()));
    }

    @Override
    public void carryOut(EngineStep step, PlannedWork origin, Construction construction)
    {
        PlanDriver driver = construction.driver();
        switch (step) {
            case EngineStep.CompileSeccomp() -> filter = spec().linux().seccomp().map(filters::program);
            case EngineStep.CreateCgroup(int slot) -> createCgroup(slot, driver);
            case EngineStep.OpenCgroup(int slot) -> {
                beginCgroup();
                cgroup.createForClone(resources(), this::beginParent).ifPresent(fd -> driver.attach(slot, fd));
            }
            case EngineStep.JoinCgroup(int slot) -> HostSide.join(slot, cgroup::tasks, () -> cgroup.join(construction.init().pid()), driver, origin);
            // Also where the bundle asks for nothing: devices are open only to who is given them.
            case EngineStep.LimitCgroup ignored -> cgroup.apply(resources());
            case EngineStep.ChownCgroup(long uid) -> cgroup.giveTo((int) uid);
            case EngineStep.WriteIdMaps(List<IdMapping> uids, List<IdMapping> gids) -> writeMaps(construction.init(), uids, gids);
            case EngineStep.JoinResctrl() -> joinResctrl(construction.init());
            case EngineStep.MoveNetDevice(String name, String newName) -> HostSide.moveNetDevice(construction.init(), name, newName);
            case EngineStep.SetOomScoreAdj(int value) -> HostSide.setOomScoreAdj(construction.init(), value);
            case EngineStep.SetRlimits(List<Rlimit> limits) -> HostSide.setRlimits(construction.init(), limits);
            case EngineStep.OpenNamespace(int slot, String path, long type) ->
                    driver.attach(slot, detour(path, () -> Namespaces.open(path, type, origin.jsonPath().orElse("linux.namespaces"))));
            case EngineStep.OpenSource source -> driver.attach(source.slot(), open(source, construction, origin));
            case EngineStep.TakeInner(int slot, EngineStep.TreeChange change) -> driver.attach(slot, change(construction.takeTree(), change, construction, origin));
            case EngineStep.OpenStartFifos(int start, int report) -> {
                ContainerDirectory.StartFifos fifos = directory.makeStartFifos();
                driver.attach(start, fifos.start());
                driver.attach(report, fifos.report());
            }
            case EngineStep.LoadSeccomp() -> {
                SeccompProgram program = filter.orElseThrow(() -> new BugException("a filter is loaded that was not compiled"));
                driver.add(new ProcessStep.Seccomp(program.bpf(), program.flags()), origin);
            }
            case EngineStep.SendListener() -> {
                Seccomp section = spec().linux().seccomp().orElseThrow(() -> new BugException("a listener without a filter"));
                construction.sendListener(section, new ContainerProcessState(hooks.state(), construction.init().pid(), section.listenerMetadata()).creating());
            }
            case EngineStep.SaveState ignored -> {
                // With the first answer it has the streams that it keeps.
                driver.settleThrough(Op.SETSID);
                saveState(construction.init());
            }
            case EngineStep.Settle ignored -> throw new BugException("waiting is the construction's");
            case EngineStep.Dispatch ignored -> throw new BugException("sending is the construction's");
            case EngineStep.Hold() -> throw new BugException("a container's first process is held by create");
            case EngineStep.RunHooks ignored -> throw new BugException("hooks are the construction's");
            case EngineStep.SendWords ignored -> throw new BugException("the words are the construction's");
            case EngineStep.ExecProgram ignored -> throw new BugException("the program is the construction's");
        }
    }

    private Spec spec()
    {
        return bundle.spec();
    }

    private void createCgroup(int slot, PlanDriver driver)
    {
        beginCgroup();
        cgroup.create(resources(), this::beginParent);
        if (slot != Slots.NONE) {
            cgroup.directoryForClone().ifPresent(fd -> driver.attach(slot, fd));
        }
    }

    private void beginCgroup()
    {
        if (!cgroupBegun) {
            cgroup.checkUnused();
            directory.begin(new Journal.Entry.Cgroup(cgroup.paths()));
            SystemdCgroup.remembered(cgroup).ifPresent(directory::begin);
            cgroupBegun = true;
        }
    }

    /** The cgroup's own directories stand in the journal already. */
    private void beginParent(Path made)
    {
        if (!cgroup.paths().containsValue(made.toString())) {
            directory.begin(new Journal.Entry.CgroupParent(made.toString()));
        }
    }

    private Resources resources()
    {
        return spec().linux().resources().orElse(Filters.NO_RESOURCES);
    }

    private void joinResctrl(HostProcess init)
    {
        spec().linux().intelRdt().ifPresent(asked -> Resctrl.needed(MountTable.own())
                .join(asked, request.id(), init.pid(), made -> directory.begin(new Journal.Entry.ResctrlGroup(made.toString()))));
    }

    private void writeMaps(HostProcess init, List<IdMapping> uids, List<IdMapping> gids)
    {
        MapWriter.write(session, init, uids, gids);
    }

    private Fd open(EngineStep.OpenSource asked, Construction construction, PlannedWork origin)
    {
        EngineStep.OpenSource source = showsNoGroup(asked, origin) ? asked.readOnly(Path.of(asked.source()).getParent().toString()) : asked;
        boolean cgroup = isCgroupMount(origin);
        SourceTrees.Sharing sharing = cgroup ? SourceTrees.Sharing.PRIVATE : sharedRoot() ? SourceTrees.Sharing.PEERS : SourceTrees.Sharing.SLAVE;
        Supplier<Fd> opening = () -> limited(mounting(origin, "cannot open the source",
                () -> SourceTrees.open(source.source(), source.recursive(), source.followLast(), sharing)), source.change(), origin);
        // Of cgroups alone it is known that they answer.
        Fd tree = cgroup ? opening.get() : detour(source.source(), opening);
        return mapped(tree, source.change(), construction, origin);
    }

    private boolean isCgroupMount(PlannedWork origin)
    {
        if (origin.jsonPath().filter(place -> place.startsWith("mounts[")).isEmpty()) {
            return false;
        }
        Mount mount = mountOf(origin);
        return mount.type().orElse("").equals("cgroup") && !mount.parsedOptions().bind();
    }

    /** None could be made in this hierarchy, which was tolerated: the container is in its caller's, and that is what it sees. */
    private boolean showsNoGroup(EngineStep.OpenSource source, PlannedWork origin)
    {
        return rootless && isCgroupMount(origin) && !Files.exists(Path.of(source.source()));
    }

    private Mount mountOf(PlannedWork origin)
    {
        String place = origin.jsonPath().orElse("mounts");
        return spec().mounts().get(Integer.parseInt(place.substring(place.indexOf('[') + 1, place.indexOf(']'))));
    }

    /** @return the same tree; closed when it cannot be changed */
    private Fd change(Fd tree, EngineStep.TreeChange change, Construction construction, PlannedWork origin)
    {
        return mapped(detour(origin.jsonPath().orElse("mounts"), () -> limited(tree, change, origin)), change, construction, origin);
    }

    /** Its file system, too, is asked. */
    private Fd detour(String path, Supplier<Fd> work)
    {
        return Detour.take(() -> path, session.channel()::lost, work, Fd::close);
    }

    /** @return the same tree; closed when it cannot be changed */
    private Fd limited(Fd tree, EngineStep.TreeChange change, PlannedWork origin)
    {
        try {
            change.attributes().ifPresent(exact -> mounting(origin, "cannot set the mount's options", () -> SourceTrees.exactly(tree, exact.set(), exact.clear(), exact.locked())));
            if ((change.recursiveSet() | change.recursiveClear()) != 0) {
                mounting(origin, "cannot set the mount's recursive options", () -> SourceTrees.recursively(tree, change.recursiveSet(), change.recursiveClear()));
            }
            return tree;
        }
        catch (RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    /** Asks the launcher for a namespace, so not on a detour. @return the same tree; closed when it cannot be changed */
    private Fd mapped(Fd tree, EngineStep.TreeChange change, Construction construction, PlannedWork origin)
    {
        try {
            change.idmap().ifPresent(map -> map(tree, map, construction.init(), origin));
            return tree;
        }
        catch (RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    /** @param what with "cannot" first */
    private void mounting(PlannedWork origin, String what, Runnable action)
    {
        mounting(origin, what, () -> {
            action.run();
            return null;
        });
    }

    private <T> T mounting(PlannedWork origin, String what, Supplier<T> action)
    {
        try {
            return action.get();
        }
        catch (ErrnoException e) {
            throw mounting(origin, what + ": " + e.getMessage(), e);
        }
    }

    private HostException mounting(PlannedWork origin, String why, ErrnoException cause)
    {
        Mount mount = mountOf(origin);
        return new HostException(Explanation.mounting(mount.source().orElse(""), mount.destination(), why, origin.jsonPath()), cause);
    }

    private void map(Fd tree, EngineStep.IdMap map, HostProcess init, PlannedWork origin)
    {
        Fd namespace = mappings.namespace(map, init, origin.jsonPath().orElse("mounts"));
        try {
            SourceTrees.map(tree, namespace, map.recursive());
        }
        catch (ErrnoException e) {
            String hint = e.is(EINVAL) ? " (maybe its file system does not support id-mapped mounts, or it is one already)" : "";
            throw mounting(origin, "cannot map the ids of the mount: " + e.getMessage() + hint, e);
        }
    }

    private boolean sharedRoot()
    {
        return spec().linux().rootfsPropagation().filter(word -> word == Propagation.SHARED || word == Propagation.RSHARED).isPresent();
    }

    private void saveState(HostProcess init)
    {
        saveState(init, spec(), init.descriptorNames(STREAMS));
    }

    /** @param made what the container has become, which for a restored one may be more than the bundle says */
    void saveState(HostProcess init, Spec made, List<String> descriptors)
    {
        Map<String, String> namespaces = new TreeMap<>();
        for (NamespaceType type : NamespaceType.values()) {
            if (made.linux().has(type)) {
                namespaces.put(type.procName(), "/proc/" + init.pid() + "/ns/" + type.procName());
            }
        }
        directory.saveState(new ContainerState(directory.id(), bundle.folder().toString(), bundle.rootfs(), init.pid(), init.startTime(), Instant.now(),
                made.annotations(), cgroup.exists() ? cgroup.paths() : Map.of(), SystemdCgroup.remembered(cgroup), namespaces, !request.noNewKeyring(), rootless, descriptors));
    }

    @Override
    public StepException explain(StepException raw, PlannedStep origin)
    {
        return Explanation.of(raw, origin, spec().linux(), cgroup::withoutRealtime);
    }
}
