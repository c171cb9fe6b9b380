package io.jrunc.cgroup;

import io.jrunc.cgroup.device.AccessBits;
import io.jrunc.cgroup.device.CgroupDeviceRule;
import io.jrunc.cgroup.device.DeviceKind;
import io.jrunc.cgroup.device.DeviceNumbers;
import io.jrunc.cgroup.device.DeviceRules;
import io.jrunc.cgroup.v2.MemoryController;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.os.Fd;
import io.jrunc.spec.DeviceRule;
import io.jrunc.spec.Memory;
import io.jrunc.spec.Resources;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EOPNOTSUPP;

/** What writing cgroup files oneself has in common on both versions. */
abstract sealed class FilesystemDriver implements CgroupDriver permits V1Driver, V2Driver
{
    static final int SIGKILL = 9;

    private static final int JOIN_TRIES = 5;
    private static final Duration JOIN_PAUSE = Duration.ofMillis(30);

    /** Long enough for any container that can be frozen at all, short enough not to delay a kill. */
    private static final Duration FREEZE_TO_SIGNAL = Duration.ofSeconds(1);

    /** A fork bomb that outruns so many rounds needs the freezer, which is tried first. */
    private static final int SIGNAL_ROUNDS = 100;

    /** What a list of device rules comes to. */
    private record Normalized(List<DeviceRule> asked, DeviceRules rules) {}

    /** Managers ask for the same in most containers. */
    private static volatile Normalized lastRules = new Normalized(List.of(), normalized(List.of()));

    private final CgroupRoots roots;
    private final CgroupPaths paths;
    private final Tolerance tolerance;
    private final List<CgroupDirectory> made = new ArrayList<>();

    FilesystemDriver(CgroupRoots roots, CgroupPaths paths, Tolerance tolerance)
    {
        this.roots = roots;
        this.paths = paths;
        this.tolerance = tolerance;
    }

    /** The container's directory in each hierarchy, each once. */
    abstract List<CgroupDirectory> leaves();

    /** @throws StateException if {@code checkBeforeUpdate} forbids these limits now */
    abstract void checkUpdate(Resources resources);

    /** Of these the one by which processes are found. */
    abstract CgroupDirectory roster();

    final CgroupRoots roots()
    {
        return roots;
    }

    final CgroupPaths places()
    {
        return paths;
    }

    final Tolerance tolerance()
    {
        return tolerance;
    }

    @Override
    public final List<Path> made()
    {
        return made.stream().map(CgroupDirectory::path).toList();
    }

    @Override
    public final void undoCreate()
    {
        made.reversed().forEach(CgroupDirectory::removeOne);
        made.clear();
    }

    /** The container's first process: outside its cgroup it must not run, unless that was tolerated when making it. */
    @Override
    public final void join(int pid)
    {
        leaves().forEach(directory -> joinOne(directory, pid, tolerance.rootless() && !tolerance.pathGiven()));
    }

    @Override
    public final Optional<Fd> directoryForClone()
    {
        return directoryForClone(SubCgroups.NONE, OptionalInt.empty());
    }

    @Override
    public final void delete(Duration limit)
    {
        Deadline deadline = Deadline.after(limit);
        Duration pause = Duration.ofMillis(1);
        List<CgroupDirectory> left = leaves();
        while (true) {
            left = left.stream().filter(directory -> !tryToRemove(directory)).toList();
            if (left.isEmpty()) {
                return;
            }
            if (deadline.passed()) {
                CgroupDirectory first = left.getFirst();
                throw new HostException("failed to remove the cgroup " + first + ": device or resource busy, "
                        + pidsIn(first, true).size() + " process(es) still inside after " + limit.toMillis() + " ms");
            }
            waitUntilEmptier(left.getFirst(), deadline, pause);
            pause = pause.multipliedBy(2);
        }
    }

    @Override
    public final boolean deleteIfEmpty()
    {
        // The one that tells who is inside goes first: what goes before it would be missed if it stayed.
        List<CgroupDirectory> leaves = leaves();
        if (leaves.isEmpty()) {
            return true;
        }
        CgroupDirectory first = roster();
        return tryToRemove(first) && leaves.stream().allMatch(directory -> directory.path().equals(first.path()) || tryToRemove(directory));
    }

    private boolean tryToRemove(CgroupDirectory directory)
    {
        try {
            return directory.remove();
        }
        catch (ErrnoException e) {
            if (tolerance.excuses(e) || Tolerance.isPermission(e) && !directory.exists()) {
                return true;
            }
            throw new HostException("failed to remove the cgroup " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Returns when something may have changed, at the latest after the pause or the deadline. */
    void waitUntilEmptier(CgroupDirectory directory, Deadline deadline, Duration pause)
    {
        deadline.pause(pause);
    }

    final void makeWithParents(CgroupDirectory directory, Consumer<Path> beforeMkdir)
    {
        try {
            makeOne(directory, beforeMkdir);
        }
        catch (ErrnoException e) {
            if (!e.is(ENOENT) || directory.parent().isRoot()) {
                throw e;
            }
            makeWithParents(directory.parent(), beforeMkdir);
            makeOne(directory, beforeMkdir);
        }
    }

    private void makeOne(CgroupDirectory directory, Consumer<Path> beforeMkdir)
    {
        if (directory.isRoot()) {
            return;
        }
        beforeMkdir.accept(directory.path());
        if (directory.make()) {
            made.add(directory);
        }
    }

    final boolean wasMade(CgroupDirectory directory)
    {
        return made.contains(directory);
    }

    static void carryOut(Controller controller, CgroupDirectory directory, List<CgroupWrite> writes)
    {
        try {
            directory.execute(writes);
        }
        catch (CgroupWriteRefused e) {
            throw e.explainedBy(controller);
        }
    }

    final void joinOne(CgroupDirectory directory, int pid, boolean tolerant)
    {
        try {
            writePid(directory, pid);
        }
        catch (ErrnoException e) {
            if (!tolerant || !Tolerance.isPermission(e)) {
                throw new HostException("error adding pid " + pid + " to cgroups: failed to write \"" + pid + "\": " + e.getMessage(), e);
            }
        }
    }

    /** EINVAL passes: a process that is just being made cannot be moved yet. */
    static void writePid(CgroupDirectory directory, int pid)
    {
        Deadline deadline = Deadline.after(JOIN_PAUSE.multipliedBy(JOIN_TRIES));
        for (int i = 1; ; i++) {
            try {
                directory.write("cgroup.procs", Integer.toString(pid));
                return;
            }
            catch (ErrnoException e) {
                if (!e.is(EINVAL) || i == JOIN_TRIES) {
                    throw e;
                }
                deadline.pause(JOIN_PAUSE);
            }
        }
    }

    static void refuseInhabited(int processes)
    {
        if (processes > 0) {
            throw new StateException("container's cgroup is not empty: " + processes + " process(es) found");
        }
    }

    static List<Integer> pidsIn(CgroupDirectory directory, boolean recursive)
    {
        List<Integer> pids = new ArrayList<>();
        collectPids(directory, recursive, pids);
        return pids;
    }

    private static void collectPids(CgroupDirectory directory, boolean recursive, List<Integer> pids)
    {
        // 0 stands for a process that this pid namespace cannot name.
        directory.read("cgroup.procs").ifPresent(text -> text.lines()
                .map(line -> Integer.parseInt(line.strip()))
                .filter(pid -> pid != 0)
                .forEach(pids::add));
        if (recursive) {
            directory.children().forEach(child -> collectPids(directory.below(child), true, pids));
        }
    }

    /** @return false where the kernel (before 5.14) or a threaded cgroup cannot */
    static boolean killThrough(CgroupDirectory directory)
    {
        try {
            directory.write("cgroup.kill", "1");
            return true;
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, EOPNOTSUPP)) {
                return false;
            }
            throw new HostException("cannot kill the processes of the cgroup " + directory + ": " + e.getMessage(), e);
        }
    }

    final void tryToFreeze()
    {
        try {
            freeze(FREEZE_TO_SIGNAL);
        }
        catch (HostException unfrozen) {
            // Then the rounds of signalEach have to outrun whoever forks.
        }
    }

    /**
     * Signal everyone once, newcomers too.
     *
     * @param inside reads who is inside now
     */
    static void signalEach(int signal, Supplier<List<Integer>> inside)
    {
        Set<Integer> signalled = new HashSet<>();
        for (int round = 0; round < SIGNAL_ROUNDS; round++) {
            List<Integer> fresh = inside.get().stream().filter(pid -> !signalled.contains(pid)).toList();
            if (fresh.isEmpty()) {
                return;
            }
            ProcessSignal.send(signal, fresh, inside);
            signalled.addAll(fresh);
        }
    }

    static void checkUsage(Memory memory, CgroupDirectory directory, String file)
    {
        if (memory.checkBeforeUpdate().orElse(false)) {
            MemoryController.checkUsage(memory, directory.read(file).map(text -> OptionalLong.of(CgroupText.number(text))).orElse(OptionalLong.empty()));
        }
    }

    static OptionalLong keyed(CgroupDirectory directory, String file, String key)
    {
        return directory.read(file)
                .map(CgroupText::keyed)
                .flatMap(values -> Optional.ofNullable(values.get(key)))
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    final void readStats(Controller controller, CgroupDirectory directory, CgroupStats.Builder stats)
    {
        try {
            controller.read(directory, stats);
        }
        catch (HostException e) {
            if (!tolerance.rootless()) {
                throw e;
            }
        }
    }

    /** The config's rules, then the ones every container needs; for the same rules in a row the same object. */
    static DeviceRules deviceRules(Resources resources)
    {
        Normalized latest = lastRules;
        if (!latest.asked.equals(resources.devices())) {
            latest = new Normalized(resources.devices(), normalized(resources.devices()));
            lastRules = latest;
        }
        return latest.rules;
    }

    private static DeviceRules normalized(List<DeviceRule> asked)
    {
        List<CgroupDeviceRule> rules = new ArrayList<>();
        asked.forEach(rule -> rules.add(translated(rule)));
        rules.addAll(DeviceRules.DEFAULTS);
        return DeviceRules.of(rules);
    }

    private static CgroupDeviceRule translated(DeviceRule rule)
    {
        DeviceKind kind = switch (rule.type()) {
            case ALL -> DeviceKind.ALL;
            case BLOCK -> DeviceKind.BLOCK;
            case CHARACTER -> DeviceKind.CHAR;
        };
        return new CgroupDeviceRule(
                rule.allow(),
                new DeviceNumbers(kind, rule.major().orElse(DeviceNumbers.ANY), rule.minor().orElse(DeviceNumbers.ANY)),
                new AccessBits(rule.access().stream().mapToInt(access -> access.bpfBit()).sum()));
    }
}
