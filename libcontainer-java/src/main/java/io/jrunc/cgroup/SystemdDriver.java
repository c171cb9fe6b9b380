package io.jrunc.cgroup;

import io.jrunc.cgroup.systemd.Bus;
import io.jrunc.cgroup.systemd.DeviceProperties;
import io.jrunc.cgroup.systemd.Limits;
import io.jrunc.cgroup.systemd.NewUnit;
import io.jrunc.cgroup.systemd.Property;
import io.jrunc.cgroup.systemd.Systemd;
import io.jrunc.cgroup.systemd.SystemdUnit;
import io.jrunc.cgroup.systemd.UnitPlace;
import io.jrunc.error.BugException;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.os.Fd;
import io.jrunc.spec.Resources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A cgroup that systemd makes, as that of a unit. What systemd is told, the driver of cgroup files under this one writes as well:
 * systemd does not know every limit, and rounds some; and all that is read or signalled goes by files alone.
 *
 * <p>systemd wants a process to make a scope of, so {@link #create} only remembers, and {@link #join(int)} makes it.
 */
final class SystemdDriver implements CgroupDriver
{
    private static final Path BOOTED = Path.of("/run/systemd/system");
    private static final Path DEVICES = Path.of("/proc/devices");
    private static final String SYSTEM_SLICE = "system.slice";
    private static final String USER_SLICE = "user.slice";

    /** What is only known while the container is made. */
    private record Birth(UnitPlace place, List<Property> properties) {}

    private record Beginning(Resources resources, Consumer<Path> beforeMkdir) {}

    private final FilesystemDriver files;
    private final SystemdUnit unit;
    private final Optional<Birth> birth;
    private final Function<Bus, Systemd> reach;
    private final Consumer<String> warn;
    private Optional<Beginning> beginning = Optional.empty();

    private SystemdDriver(FilesystemDriver files, SystemdUnit unit, Optional<Birth> birth, Function<Bus, Systemd> reach, Consumer<String> warn)
    {
        this.files = files;
        this.unit = unit;
        this.birth = birth;
        this.reach = reach;
        this.warn = warn;
    }

    static SystemdDriver existing(FilesystemDriver files, SystemdUnit unit, Consumer<String> warn)
    {
        return new SystemdDriver(files, unit, Optional.empty(), Systemd::of, warn);
    }

    static SystemdDriver fresh(CgroupLayout layout, String cgroupsPath, String id, List<Property> properties, Supplier<Bus> whose, boolean users, Tolerance tolerance,
            Consumer<String> warn)
    {
        if (!Files.isDirectory(BOOTED, LinkOption.NOFOLLOW_LINKS)) {
            throw new HostException("systemd not running on this host, cannot use systemd cgroups manager");
        }
        return fresh(layout, cgroupsPath, id, properties, whose, users, Systemd::of, tolerance, warn);
    }

    /** @param reach how to begin a conversation */
    static SystemdDriver fresh(CgroupLayout layout, String cgroupsPath, String id, List<Property> properties, Supplier<Bus> whose, boolean users,
            Function<Bus, Systemd> reach, Tolerance tolerance, Consumer<String> warn)
    {
        boolean v2 = layout.kind() == CgroupLayout.Kind.V2;
        if (users && !v2) {
            throw new HostException("cannot use rootless systemd cgroups manager on cgroup v1");
        }
        UnitPlace place = UnitPlace.of(cgroupsPath, id, users ? USER_SLICE : SYSTEM_SLICE);
        Bus bus = whose.get();
        String own = "";
        if (users) {
            try (Systemd systemd = reach.apply(bus)) {
                own = systemd.controlGroup();
            }
        }
        CgroupPaths paths = CgroupPaths.of(layout, Optional.of("/" + own + "/" + place.path()), id, Map.of());
        FilesystemDriver files = v2 ? new V2Driver(CgroupRoots.of(layout), paths, tolerance) : new V1Driver(CgroupRoots.of(layout), paths, tolerance);
        return making(files, place, id, properties, bus, reach, warn);
    }

    static SystemdDriver making(FilesystemDriver files, UnitPlace place, String id, List<Property> properties, Bus bus, Function<Bus, Systemd> reach, Consumer<String> warn)
    {
        SystemdUnit unit = new SystemdUnit(place.unit(), NewUnit.description(id, properties), bus);
        return new SystemdDriver(files, unit, Optional.of(new Birth(place, properties)), reach, warn);
    }

    /** For tests: a container that was made, and a systemd of theirs. */
    static SystemdDriver existing(FilesystemDriver files, SystemdUnit unit, Function<Bus, Systemd> reach, Consumer<String> warn)
    {
        return new SystemdDriver(files, unit, Optional.empty(), reach, warn);
    }

    private boolean v2()
    {
        return files instanceof V2Driver;
    }

    @Override
    public boolean processFirst()
    {
        return true;
    }

    @Override
    public Optional<SystemdUnit> unit()
    {
        return Optional.of(unit);
    }

    @Override
    public void checkUnused()
    {
        files.checkUnused();
        // Before its name is written down as ours: what undoes a failed start would end a unit in another slice that is described alike.
        try (Systemd systemd = reach.apply(unit.bus())) {
            if (systemd.stands(unit.name())) {
                throw new StateException("systemd already has a unit " + unit.name() + ", which is not this container's");
            }
        }
    }

    /** Nothing as yet: see {@link #join(int)}. */
    @Override
    public void create(Resources resources, Consumer<Path> beforeMkdir)
    {
        beginning = Optional.of(new Beginning(resources, beforeMkdir));
    }

    @Override
    public Optional<Fd> createForClone(Resources resources, Consumer<Path> beforeMkdir)
    {
        throw new BugException("systemd makes no cgroup before there is a process");
    }

    /** Makes the unit with this process in it; then what systemd has no use for. */
    @Override
    public void join(int pid)
    {
        Birth asked = birth.orElseThrow(() -> new BugException("a unit is made twice"));
        Beginning begun = beginning.orElseThrow(() -> new BugException("a process before its cgroup"));
        try (Systemd systemd = reach.apply(unit.bus())) {
            int version = systemd.version();
            systemd.start(unit.name(), NewUnit.properties(asked.place(), unit.description(), pid, v2(), asked.properties(), begun.resources(), version));
        }
        // On v1 systemd need not know the controller whose group tells who is inside.
        if (v2() && !files.roster().exists()) {
            throw new HostException("systemd made unit " + unit.name() + ", but not in the cgroup " + files.roster());
        }
        files.create(begun.resources(), begun.beforeMkdir());
        if (!v2()) {
            files.join(pid);
        }
    }

    @Override
    public List<Path> made()
    {
        return files.made();
    }

    @Override
    public void undoCreate()
    {
        files.undoCreate();
    }

    @Override
    public boolean exists()
    {
        return files.exists();
    }

    @Override
    public void apply(Resources resources)
    {
        try (Systemd systemd = reach.apply(unit.bus())) {
            int version = systemd.version();
            Limits limits = limits(resources, DeviceProperties.of(FilesystemDriver.deviceRules(resources), v2(), version, devices(), SystemdDriver::isThere, warn), version);
            systemd.set(unit.name(), limits.properties());
            files.apply(limits.forFiles());
        }
    }

    @Override
    public void update(Resources resources)
    {
        // Before systemd is told: the kernel would kill what runs, and the unit would be gone.
        files.checkUpdate(resources);
        try (Systemd systemd = reach.apply(unit.bus())) {
            Limits limits = limits(resources, List.of(), systemd.version());
            systemd.set(unit.name(), limits.properties());
            files.update(limits.forFiles());
        }
    }

    private Limits limits(Resources resources, List<Property> devices, int version)
    {
        Limits limits = v2() ? Limits.v2(resources, devices, version) : Limits.v1(resources, devices, version);
        limits.warnings().forEach(warn);
        return limits;
    }

    private static String devices()
    {
        try {
            return Files.readString(DEVICES);
        }
        catch (IOException e) {
            return "";
        }
    }

    private static boolean isThere(String path)
    {
        return Files.exists(Path.of(path));
    }

    /**
     * By systemd where files would not do: a user may not move a process from one session's cgroup to another place, but his systemd
     * has the machine's do it.
     */
    @Override
    public void join(int pid, SubCgroups place, OptionalInt init)
    {
        if (v2()) {
            try (Systemd systemd = reach.apply(unit.bus())) {
                systemd.attach(unit.name(), "/" + V2Driver.checked(place).placeFor(""), pid);
                return;
            }
            catch (HostException e) {
                if (!place.isGiven() && attachBesideInit(pid, init)) {
                    return;
                }
            }
        }
        files.join(pid, place, init);
    }

    /** The container has made groups of its own, and its own group holds no process any more. */
    private boolean attachBesideInit(int pid, OptionalInt init)
    {
        String own = files.places().unified().relative() + "/";
        Optional<String> below = init.isEmpty() ? Optional.empty()
                : CgroupPaths.unifiedPathOf(init.getAsInt()).filter(path -> path.startsWith(own)).map(path -> path.substring(own.length()));
        if (below.isEmpty()) {
            return false;
        }
        try (Systemd systemd = reach.apply(unit.bus())) {
            systemd.attach(unit.name(), "/" + below.get(), pid);
            return true;
        }
        catch (HostException e) {
            return false;
        }
    }

    @Override
    public List<Tasks> tasks()
    {
        return List.of();
    }

    @Override
    public List<Tasks> tasks(SubCgroups place)
    {
        return files.tasks(place);
    }

    @Override
    public Optional<Fd> directoryForClone()
    {
        return Optional.empty();
    }

    @Override
    public Optional<Fd> directoryForClone(SubCgroups place, OptionalInt init)
    {
        return files.directoryForClone(place, init);
    }

    @Override
    public void giveTo(int uid)
    {
        files.giveTo(uid);
    }

    @Override
    public void freeze(Duration limit)
    {
        files.freeze(limit);
    }

    @Override
    public void thaw()
    {
        files.thaw();
    }

    @Override
    public boolean isFrozen()
    {
        return files.isFrozen();
    }

    @Override
    public List<Integer> pids(boolean recursive)
    {
        return files.pids(recursive);
    }

    @Override
    public void signalAll(int signal)
    {
        files.signalAll(signal);
    }

    @Override
    public void delete(Duration limit)
    {
        endUnit();
        files.delete(limit);
    }

    @Override
    public boolean deleteIfEmpty()
    {
        if (!files.pids(true).isEmpty()) {
            return false;
        }
        endUnit();
        return files.deleteIfEmpty();
    }

    /** A unit of the same name that is not ours stays, with all in it. */
    private void endUnit()
    {
        try (Systemd systemd = reach.apply(unit.bus())) {
            if (systemd.description(unit.name()).filter(unit.description()::equals).isPresent()) {
                systemd.stop(unit.name());
            }
        }
        catch (HostException e) {
            // A unit without processes ends by itself; one with some must not be forgotten.
            if (!files.pids(true).isEmpty()) {
                throw e;
            }
            warn.accept("unit " + unit.name() + " may be left: " + e.getMessage());
        }
    }

    @Override
    public boolean withoutRealtime()
    {
        return files.withoutRealtime();
    }

    @Override
    public OptionalLong oomKills()
    {
        return files.oomKills();
    }

    @Override
    public CgroupStats stats()
    {
        return files.stats();
    }

    @Override
    public Optional<CgroupWatch> watch()
    {
        return files.watch();
    }

    @Override
    public Map<String, String> paths()
    {
        return files.paths();
    }
}
