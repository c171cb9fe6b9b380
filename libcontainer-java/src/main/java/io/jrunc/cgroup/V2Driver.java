package io.jrunc.cgroup;

import io.jrunc.cgroup.device.DeviceFilter;
import io.jrunc.cgroup.device.DeviceFilterLoader;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.cgroup.v2.CpuController;
import io.jrunc.cgroup.v2.CpusetController;
import io.jrunc.cgroup.v2.HugetlbController;
import io.jrunc.cgroup.v2.IoController;
import io.jrunc.cgroup.v2.MemoryController;
import io.jrunc.cgroup.v2.MiscController;
import io.jrunc.cgroup.v2.PidsController;
import io.jrunc.cgroup.v2.RdmaController;
import io.jrunc.cgroup.v2.Unified;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.error.UsageException;
import io.jrunc.os.Fd;
import io.jrunc.spec.Resources;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.function.Consumer;

/** cgroup v2: one directory, all controllers in it, device rules as a program attached to it. */
final class V2Driver extends FilesystemDriver
{
    private static final List<Controller> CONTROLLERS = List.of(
            new PidsController(),
            new MemoryController(),
            new IoController(),
            new CpuController(),
            new CpusetController(),
            new HugetlbController(),
            new RdmaController(),
            new MiscController());

    /** These count whole processes and so cannot work in a threaded cgroup. */
    private static final Set<String> DOMAIN_CONTROLLERS = Set.of("memory", "io", "cpu", "hugetlb");

    private final CgroupDirectory directory;
    private boolean absent;

    V2Driver(CgroupRoots roots, CgroupPaths paths, Tolerance tolerance)
    {
        super(roots, paths, tolerance);
        directory = roots.directory(paths.unified());
    }

    @Override
    public void checkUnused()
    {
        if (!directory.exists()) {
            return;
        }
        refuseInhabited(pids(true).size());
        if (isFrozen()) {
            throw new StateException("container's cgroup unexpectedly frozen");
        }
    }

    @Override
    public void create(Resources resources, Consumer<Path> beforeMkdir)
    {
        Set<String> available = words(directory.rootDirectory().read("cgroup.controllers").orElse(""));
        try {
            makeWithParents(directory, beforeMkdir);
            enableOnTheWay(available);
        }
        catch (ErrnoException e) {
            undoCreate();
            if (tolerance().excuses(e)) {
                if (asksForAnyOf(resources, available)) {
                    throw new HostException("rootless needs no limits + no cgrouppath when no permission is granted for cgroups: " + e.getMessage(), e);
                }
                absent = true;
                return;
            }
            throw new HostException("cannot create cgroup " + directory + ": " + e.getMessage(), e);
        }
        becomeUsable(resources);
    }

    @Override
    public Optional<Fd> createForClone(Resources resources, Consumer<Path> beforeMkdir)
    {
        create(resources, beforeMkdir);
        return directoryForClone();
    }

    @Override
    public List<Tasks> tasks()
    {
        return List.of();
    }

    @Override
    public List<Tasks> tasks(SubCgroups place)
    {
        return List.of();
    }

    /**
     * Every controller that this host has, in every cgroup above ours: who enables only what one container needs leaves
     * the next one without. All at once, then one by one; what cannot be enabled is missed when a limit needs it.
     */
    private void enableOnTheWay(Set<String> available)
    {
        List<CgroupDirectory> above = new ArrayList<>();
        for (CgroupDirectory next = directory; !next.isRoot(); ) {
            next = next.parent();
            above.add(next);
        }
        for (CgroupDirectory ancestor : above.reversed()) {
            Set<String> missing = new LinkedHashSet<>(available);
            missing.removeAll(words(ancestor.read("cgroup.subtree_control").orElse("")));
            if (!missing.isEmpty() && !tryToEnable(ancestor, missing)) {
                missing.forEach(controller -> tryToEnable(ancestor, Set.of(controller)));
            }
        }
    }

    private static boolean tryToEnable(CgroupDirectory ancestor, Set<String> controllers)
    {
        try {
            ancestor.write("cgroup.subtree_control", "+" + String.join(" +", controllers));
            return true;
        }
        catch (ErrnoException e) {
            return false;
        }
    }

    /** A cgroup below one with processes or threads may come to life unable to hold a process. */
    private void becomeUsable(Resources resources)
    {
        if (wasMade(directory) && directory.isBelowTop() || type(directory).equals("domain")) {
            return;
        }
        boolean wantsDomain = CONTROLLERS.stream().anyMatch(c -> DOMAIN_CONTROLLERS.contains(c.name()) && !c.writes(resources).isEmpty());
        List<CgroupDirectory> way = new ArrayList<>();
        for (CgroupDirectory next = directory; !next.isRoot(); next = next.parent()) {
            way.add(next);
        }
        for (CgroupDirectory each : way.reversed()) {
            String type = type(each);
            switch (type) {
                case "domain invalid" -> {
                    if (wantsDomain) {
                        undoCreate();
                        throw new HostException("cannot enter cgroupv2 \"" + each + "\" with domain controllers -- it is in an invalid state");
                    }
                    try {
                        each.write("cgroup.type", "threaded");
                    }
                    catch (ErrnoException e) {
                        // Joining will say what is wrong.
                    }
                }
                case "threaded", "domain threaded" -> {
                    if (wantsDomain) {
                        undoCreate();
                        throw new HostException("cannot enter cgroupv2 \"" + each + "\" with domain controllers -- it is in " + type + " mode");
                    }
                }
                default -> { }
            }
        }
    }

    private static String type(CgroupDirectory directory)
    {
        return directory.read("cgroup.type").map(String::strip).orElse("domain");
    }

    private static boolean asksForAnyOf(Resources resources, Set<String> available)
    {
        return CONTROLLERS.stream().anyMatch(controller -> available.contains(controller.name()) && !controller.writes(resources).isEmpty());
    }

    @Override
    public boolean exists()
    {
        return !absent && directory.exists();
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
        resources.memory().ifPresent(memory -> checkUsage(memory, directory, "memory.current"));
    }

    private void write(Resources resources, boolean withDevices)
    {
        if (absent) {
            return;
        }
        for (Controller controller : CONTROLLERS) {
            List<CgroupWrite> writes = controller.writes(resources);
            if (!writes.isEmpty()) {
                carryOut(controller, directory, writes);
            }
        }
        if (withDevices) {
            attachDeviceFilter(deviceRules(resources));
        }
        for (CgroupWrite write : Unified.writes(resources)) {
            try {
                directory.execute(List.of(write));
            }
            catch (CgroupWriteRefused e) {
                throw e.explained(Unified.explain(write, e.refusal(), words(directory.read("cgroup.controllers").orElse(""))));
            }
        }
    }

    private void attachDeviceFilter(DeviceRules rules)
    {
        boolean fresh = wasMade(directory);
        if (fresh && rules.allowsEverything()) {
            return;
        }
        try (Fd cgroup = directory.open()) {
            DeviceFilterLoader.attach(cgroup, DeviceFilter.compile(rules), fresh);
        }
        catch (ErrnoException e) {
            // In a user namespace bpf(2) is not ours to use, nor are the devices; a filter that lets all pass may be missing.
            if (!tolerance().inUserNamespace() && !tolerance().rootless() && !rules.allowsEverything()) {
                throw new HostException("cannot limit the devices of the cgroup " + directory + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void join(int pid, SubCgroups place, OptionalInt init)
    {
        if (absent) {
            return;
        }
        CgroupDirectory target = directory.below(checked(place).placeFor(""));
        try {
            writePid(target, pid);
        }
        catch (ErrnoException e) {
            Optional<CgroupDirectory> other = place.isGiven() ? Optional.empty() : cgroupOf(init);
            if (other.isPresent()) {
                joinOne(other.get(), pid, tolerance().rootless());
            }
            else if (!tolerance().rootless()) {
                throw new HostException("error adding pid " + pid + " to cgroups: failed to write \"" + pid + "\": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public Optional<Fd> directoryForClone(SubCgroups place, OptionalInt init)
    {
        if (absent) {
            return Optional.empty();
        }
        CgroupDirectory target = directory.below(checked(place).placeFor(""));
        Optional<CgroupDirectory> other = place.isGiven() ? Optional.empty() : cgroupOf(init);
        try {
            return Optional.of(!wasMade(target) && isInnerNode(target) ? other.orElse(target).open() : target.open());
        }
        catch (ErrnoException e) {
            if (other.isPresent()) {
                return Optional.of(other.get().open());
            }
            if (tolerance().rootless()) {
                return Optional.empty();
            }
            throw new HostException("cannot open the cgroup " + target + ": " + e.getMessage(), e);
        }
    }

    /** It gives controllers to those below it, and then holds no process itself: the container has made groups of its own. */
    private static boolean isInnerNode(CgroupDirectory directory)
    {
        return directory.read("cgroup.subtree_control").map(text -> !text.isBlank()).orElse(false);
    }

    static SubCgroups checked(SubCgroups place)
    {
        if (place.places().size() > 1) {
            throw new UsageException("invalid --cgroup argument(s): cgroup v2 has one hierarchy, name one path");
        }
        place.checkControllers(Set.of());
        return place;
    }

    /** Where a process is now, if this namespace can see it. */
    private Optional<CgroupDirectory> cgroupOf(OptionalInt pid)
    {
        return pid.isEmpty() ? Optional.empty() : CgroupPaths.unifiedPathOf(pid.getAsInt()).map(path -> directory.rootDirectory().below(path));
    }

    @Override
    public void giveTo(int uid)
    {
        if (!absent) {
            try {
                directory.giveTo(uid, CgroupRoots.delegable());
            }
            catch (ErrnoException e) {
                throw new HostException("cannot give the cgroup " + directory + " to uid " + uid + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void freeze(Duration limit)
    {
        V2Freezer.freeze(directory, limit);
    }

    @Override
    public void thaw()
    {
        V2Freezer.thaw(directory);
    }

    @Override
    public boolean isFrozen()
    {
        return V2Freezer.isFrozen(directory);
    }

    @Override
    public List<Integer> pids(boolean recursive)
    {
        return absent ? List.of() : pidsIn(directory, recursive);
    }

    @Override
    public void signalAll(int signal)
    {
        if (absent || signal == SIGKILL && killThrough(directory)) {
            return;
        }
        boolean wasFrozen = isFrozen();
        if (!wasFrozen) {
            tryToFreeze();
        }
        signalEach(signal, () -> pids(true));
        if (!wasFrozen) {
            thaw();
        }
    }

    /** Sleeps until the kernel says that the cgroup became empty: no polling, no fixed pause. */
    @Override
    void waitUntilEmptier(CgroupDirectory busy, Deadline deadline, Duration pause)
    {
        try {
            if (busy.awaitEvent("populated 0", Deadline.after(Duration.ZERO))) {
                // Empty, and still not removable: the kernel is tidying up.
                deadline.pause(pause);
            }
            else {
                busy.awaitEvent("populated 0", deadline);
            }
        }
        catch (ErrnoException e) {
            deadline.pause(pause);
        }
    }

    @Override
    public boolean withoutRealtime()
    {
        return false;
    }

    @Override
    public OptionalLong oomKills()
    {
        return absent ? OptionalLong.empty() : keyed(directory, "memory.events", "oom_kill");
    }

    @Override
    public Optional<CgroupWatch> watch()
    {
        return absent ? Optional.empty() : Optional.of(new V2Watch(directory));
    }

    @Override
    public CgroupStats stats()
    {
        CgroupStats.Builder stats = new CgroupStats.Builder();
        CONTROLLERS.forEach(controller -> readStats(controller, directory, stats));
        return stats.build();
    }

    @Override
    public Map<String, String> paths()
    {
        return Map.of("", directory.path().toString());
    }

    @Override
    CgroupDirectory roster()
    {
        return directory;
    }

    @Override
    List<CgroupDirectory> leaves()
    {
        return absent ? List.of() : List.of(directory);
    }

    private static Set<String> words(String text)
    {
        Set<String> words = new LinkedHashSet<>();
        for (StringTokenizer each = new StringTokenizer(text); each.hasMoreTokens();) {
            words.add(each.nextToken());
        }
        return words;
    }
}
