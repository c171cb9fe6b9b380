package io.jrunc.cgroup;

import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.cgroup.v1.BlkioController;
import io.jrunc.cgroup.v1.CpuController;
import io.jrunc.cgroup.v1.CpuacctController;
import io.jrunc.cgroup.v1.CpusetController;
import io.jrunc.cgroup.v1.HugetlbController;
import io.jrunc.cgroup.v1.MemoryController;
import io.jrunc.cgroup.v1.NetClsController;
import io.jrunc.cgroup.v1.NetPrioController;
import io.jrunc.cgroup.v2.PidsController;
import io.jrunc.cgroup.v2.RdmaController;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.error.StateException;
import io.jrunc.os.Fd;
import io.jrunc.spec.Resources;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * cgroup v1: one directory in each hierarchy; on a hybrid host also one in the v2 tree, which has no controllers but
 * cgroup.kill.
 */
final class V1Driver extends FilesystemDriver
{
    /** In this order limits are written. Pids and rdma speak the same on both versions. */
    private static final List<Controller> CONTROLLERS = List.of(
            new CpusetController(),
            new MemoryController(),
            new CpuController(),
            new CpuacctController(),
            new PidsController(),
            new BlkioController(),
            new HugetlbController(),
            new NetClsController(),
            new NetPrioController(),
            new RdmaController());

    private static final String UNIFIED = "";

    /** By controller; several may share a directory, as cpu and cpuacct often do. */
    private final Map<String, CgroupDirectory> directories = new LinkedHashMap<>();

    V1Driver(CgroupRoots roots, CgroupPaths paths, Tolerance tolerance)
    {
        super(roots, paths, tolerance);
        paths.places().forEach((controller, place) -> directories.put(controller, roots.directory(place)));
    }

    @Override
    public void checkUnused()
    {
        if (devices().exists()) {
            refuseInhabited(pids(true).size());
        }
        if (isFrozen()) {
            throw new StateException("container's cgroup unexpectedly frozen");
        }
    }

    @Override
    public void create(Resources resources, Consumer<Path> beforeMkdir)
    {
        refuseUnified(resources);
        Set<Path> done = new LinkedHashSet<>();
        for (Map.Entry<String, CgroupDirectory> entry : List.copyOf(directories.entrySet())) {
            CgroupDirectory directory = entry.getValue();
            if (!done.add(directory.path())) {
                continue;
            }
            try {
                makeWithParents(directory, beforeMkdir);
                if (entry.getKey().equals("cpuset")) {
                    fillCpuset(directory, new CpusetController().writes(resources), wasMade(directory));
                }
                if (entry.getKey().equals("cpu")) {
                    directory.execute(CpuController.realtimeWrites(resources));
                }
            }
            catch (ErrnoException e) {
                if (!tolerance().excuses(e)) {
                    throw new HostException("cannot create cgroup " + e.object() + ": " + e.getMessage(), e);
                }
                // Limits on what is missing now are refused by apply, in words that fit.
                directories.values().removeIf(other -> other.path().equals(directory.path()));
            }
            catch (CgroupWriteRefused e) {
                if (!tolerance().excuses(e.refusal())) {
                    throw entry.getKey().equals("cpu") ? e.explainedBy(new CpuController()) : e.explained(Optional.empty());
                }
                directories.values().removeIf(other -> other.path().equals(directory.path()));
            }
        }
    }

    /** Top down from the first cpuset that has something to inherit. @param made just now, so that it is empty, or the same is written again */
    private void fillCpuset(CgroupDirectory directory, List<CgroupWrite> own, boolean made)
    {
        if (directory.isRoot()) {
            return;
        }
        if (!made && !CpusetController.isEmpty(directory)) {
            directory.execute(own);
            return;
        }
        fillCpuset(directory.parent(), List.of(), wasMade(directory.parent()));
        CpusetController.inherit(directory.parent(), directory, own);
    }

    @Override
    public boolean exists()
    {
        return directories.containsKey("devices") && devices().exists();
    }

    @Override
    public void apply(Resources resources)
    {
        write(resources, true);
    }

    @Override
    public void update(Resources resources)
    {
        checkUpdate(resources);
        write(resources, false);
    }

    @Override
    void checkUpdate(Resources resources)
    {
        resources.memory().ifPresent(memory -> {
            if (directories.containsKey("memory")) {
                checkUsage(memory, directories.get("memory"), "memory.usage_in_bytes");
            }
        });
    }

    private void write(Resources resources, boolean withDevices)
    {
        refuseUnified(resources);
        for (Controller controller : CONTROLLERS) {
            List<CgroupWrite> writes = controller.writes(resources);
            if (writes.isEmpty()) {
                continue;
            }
            CgroupDirectory directory = directories.get(controller.name());
            if (directory == null) {
                throw new HostException("cannot set " + controller.name() + " limit: container could not join or create cgroup");
            }
            carryOut(controller, directory, writes);
        }
        if (withDevices && !tolerance().inUserNamespace()) {
            writeDevices(resources);
        }
    }

    private void writeDevices(Resources resources)
    {
        DeviceRules target = deviceRules(resources);
        CgroupDirectory directory = directories.get("devices");
        if (directory == null) {
            if (tolerance().rootless()) {
                return;
            }
            throw new HostException("cannot set devices limit: container could not join or create cgroup");
        }
        try {
            if (wasMade(directory)) {
                V1Devices.applyToNew(directory, target);
            }
            else {
                V1Devices.apply(directory, target);
            }
        }
        catch (CgroupWriteRefused e) {
            if (!tolerance().rootless()) {
                throw e.explained(Optional.empty());
            }
        }
    }

    private static void refuseUnified(Resources resources)
    {
        if (!resources.unified().isEmpty()) {
            throw new SpecException("linux.resources.unified", "invalid configuration: cannot use unified on cgroup v1");
        }
    }

    @Override
    public void join(int pid, SubCgroups place, OptionalInt init)
    {
        place.checkControllers(directories.keySet());
        Map<Path, CgroupDirectory> targets = new LinkedHashMap<>();
        directories.forEach((controller, directory) -> {
            CgroupDirectory target = directory.below(place.placeFor(controller));
            targets.put(target.path(), target);
        });
        targets.values().forEach(target -> joinOne(target, pid, tolerance().rootless()));
    }

    @Override
    public Optional<Fd> createForClone(Resources resources, Consumer<Path> beforeMkdir)
    {
        refuseUnified(resources);
        CgroupDirectory unified = directories.get(UNIFIED);
        if (unified == null) {
            return Optional.empty();
        }
        try {
            makeWithParents(unified, beforeMkdir);
            return Optional.of(unified.open());
        }
        catch (ErrnoException e) {
            if (!tolerance().excuses(e)) {
                throw new HostException("cannot create cgroup " + e.object() + ": " + e.getMessage(), e);
            }
            directories.remove(UNIFIED);
            return Optional.empty();
        }
    }

    /** Version 1 has no way to be born in a cgroup. */
    @Override
    public Optional<Fd> directoryForClone(SubCgroups place, OptionalInt init)
    {
        return Optional.ofNullable(directories.get(UNIFIED)).map(unified -> unified.below(place.placeFor(UNIFIED))).map(target -> {
            try {
                return target.open();
            }
            catch (ErrnoException e) {
                throw cannotAdd(target.path(), e);
            }
        });
    }

    /** As for {@link #join}, but there is no number yet. */
    private static HostException cannotAdd(Path file, ErrnoException e)
    {
        return new HostException("error adding pid to cgroups: cannot open " + file + ": " + Errno.text(e.errno()), e);
    }

    @Override
    public List<Tasks> tasks()
    {
        return tasks(SubCgroups.NONE, tolerance().rootless() && !tolerance().pathGiven());
    }

    @Override
    public List<Tasks> tasks(SubCgroups place)
    {
        place.checkControllers(directories.keySet());
        return tasks(place, tolerance().rootless());
    }

    private List<Tasks> tasks(SubCgroups place, boolean tolerant)
    {
        Map<Path, CgroupDirectory> targets = new LinkedHashMap<>();
        directories.forEach((controller, directory) -> {
            if (!controller.equals(UNIFIED)) {
                CgroupDirectory target = directory.below(place.placeFor(controller));
                targets.put(target.path(), target);
            }
        });
        List<Tasks> files = new ArrayList<>();
        for (CgroupDirectory target : targets.values()) {
            try {
                files.add(new Tasks(target.openForWriting("tasks"), tolerant));
            }
            catch (ErrnoException e) {
                if (!tolerant || !Tolerance.isPermission(e)) {
                    files.forEach(tasks -> tasks.file().close());
                    throw cannotAdd(target.path().resolve("tasks"), e);
                }
            }
        }
        return files;
    }

    /** OCI allows it on v2 only: v1 files were never safe to delegate. */
    @Override
    public void giveTo(int uid) {}

    @Override
    public void freeze(Duration limit)
    {
        V1Freezer.freeze(freezer(), limit);
    }

    @Override
    public void thaw()
    {
        V1Freezer.thaw(freezer());
    }

    @Override
    public boolean isFrozen()
    {
        return directories.containsKey("freezer") && V1Freezer.isFrozen(freezer());
    }

    @Override
    public List<Integer> pids(boolean recursive)
    {
        return directories.containsKey("devices") ? pidsIn(devices(), recursive) : List.of();
    }

    @Override
    public void signalAll(int signal)
    {
        boolean killed = signal == SIGKILL && directories.containsKey(UNIFIED) && killThrough(directories.get(UNIFIED));
        // Whoever is in the v1 cgroup without being in the v2 one is still owed the signal.
        boolean mayFreeze = directories.containsKey("freezer") && freezer().exists();
        boolean wasFrozen = mayFreeze && isFrozen();
        if (!pids(true).isEmpty()) {
            if (!killed && mayFreeze && !wasFrozen) {
                tryToFreeze();
            }
            signalEach(signal, () -> pids(true));
        }
        if (mayFreeze && (signal == SIGKILL || !wasFrozen)) {
            thaw();
        }
    }

    @Override
    public boolean withoutRealtime()
    {
        return directories.containsKey("cpu") && CpuController.withoutRealtime(directories.get("cpu"));
    }

    @Override
    public OptionalLong oomKills()
    {
        return directories.containsKey("memory") ? keyed(directories.get("memory"), "memory.oom_control", "oom_kill") : OptionalLong.empty();
    }

    @Override
    public Optional<CgroupWatch> watch()
    {
        return directories.containsKey("memory") ? Optional.of(new V1Watch(directories.get("memory"))) : Optional.empty();
    }

    @Override
    public CgroupStats stats()
    {
        CgroupStats.Builder stats = new CgroupStats.Builder();
        for (Controller controller : CONTROLLERS) {
            CgroupDirectory directory = directories.get(controller.name());
            if (directory != null) {
                readStats(controller, directory, stats);
            }
        }
        return stats.build();
    }

    @Override
    public Map<String, String> paths()
    {
        Map<String, String> paths = new LinkedHashMap<>();
        directories.forEach((controller, directory) -> paths.put(controller, directory.path().toString()));
        return paths;
    }

    @Override
    List<CgroupDirectory> leaves()
    {
        Map<Path, CgroupDirectory> distinct = new LinkedHashMap<>();
        directories.values().forEach(directory -> distinct.put(directory.path(), directory));
        return new ArrayList<>(distinct.values());
    }

    @Override
    CgroupDirectory roster()
    {
        return directories.containsKey("devices") ? devices() : directories.values().iterator().next();
    }

    private CgroupDirectory devices()
    {
        return directories.get("devices");
    }

    private CgroupDirectory freezer()
    {
        if (!directories.containsKey("freezer")) {
            throw new HostException("cannot toggle freezer: cgroups not configured for container");
        }
        return directories.get("freezer");
    }
}
