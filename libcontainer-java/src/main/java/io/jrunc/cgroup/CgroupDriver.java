package io.jrunc.cgroup;

import io.jrunc.cgroup.systemd.Bus;
import io.jrunc.cgroup.systemd.Property;
import io.jrunc.cgroup.systemd.SystemdUnit;
import io.jrunc.error.HostException;
import io.jrunc.host.CgroupLayout;
import io.jrunc.os.Fd;
import io.jrunc.spec.Resources;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One container's cgroup, whatever cgroup version and whoever manages it.
 *
 * <p>For a new container call {@link #checkUnused}, {@link #create}, {@link #apply}, {@link #join}, in this order: limits
 * stand before the first process is inside. Later commands start from {@link #load}. Not safe for concurrent use; the
 * container's lock sees to that.
 *
 * <p>Every method throws {@link HostException} when the kernel refuses, with the data and the file in its message.
 */
public interface CgroupDriver
{
    /** A driver writing cgroup files itself, for a container that does not exist yet. Touches nothing. */
    static CgroupDriver of(CgroupLayout layout, CgroupPaths paths, Tolerance tolerance)
    {
        return files(layout, paths, tolerance);
    }

    /**
     * The driver of an existing container.
     *
     * @param savedPaths what {@link #paths} said when it was created
     * @throws HostException if a hierarchy it was in is no longer mounted
     */
    static CgroupDriver load(CgroupLayout layout, Map<String, String> savedPaths, Tolerance tolerance)
    {
        return of(layout, CgroupPaths.saved(layout, savedPaths), tolerance);
    }

    /**
     * As above, where a unit of systemd was made for the container.
     *
     * @param warn of what its limits cannot be told systemd
     */
    static CgroupDriver load(CgroupLayout layout, Map<String, String> savedPaths, Tolerance tolerance, Optional<SystemdUnit> unit, Consumer<String> warn)
    {
        return unit.isEmpty() ? load(layout, savedPaths, tolerance)
                : SystemdDriver.existing(files(layout, CgroupPaths.saved(layout, savedPaths), tolerance), unit.get(), warn);
    }

    /**
     * What {@code --systemd-cgroup} gets, for a container that does not exist yet. Touches nothing.
     *
     * @param cgroupsPath {@code slice:prefix:name}; empty text = not given
     * @param properties what annotations set
     * @param bus finds the one to speak to, where there is a systemd at all
     * @param users the systemd of a user
     * @throws HostException when systemd is not there, cannot be asked where a user's cgroups are, or the user's cgroups are version 1
     * @throws io.jrunc.error.SpecException if the path is none
     */
    static CgroupDriver systemd(CgroupLayout layout, String cgroupsPath, String id, List<Property> properties, Supplier<Bus> bus, boolean users,
            Tolerance tolerance, Consumer<String> warn)
    {
        return SystemdDriver.fresh(layout, cgroupsPath, id, properties, bus, users, tolerance, warn);
    }

    private static FilesystemDriver files(CgroupLayout layout, CgroupPaths paths, Tolerance tolerance)
    {
        return paths.unifiedOnly() ? new V2Driver(CgroupRoots.of(layout), paths, tolerance) : new V1Driver(CgroupRoots.of(layout), paths, tolerance);
    }

    /** The cgroup is made around its first process by {@link #join(int)}, not before it by {@link #create}. */
    default boolean processFirst()
    {
        return false;
    }

    /** The unit of systemd that the cgroup belongs to, to be remembered before it is made. */
    default Optional<SystemdUnit> unit()
    {
        return Optional.empty();
    }

    /**
     * Refuse a cgroup that somebody already lives in, or that would freeze whoever joins.
     *
     * @throws io.jrunc.error.StateException {@code container's cgroup is not empty: …} or {@code … unexpectedly frozen}
     */
    void checkUnused();

    /**
     * Make the directories and, on v2, enable controllers on the way to them.
     *
     * @param resources what the container will ask for; decides what v1 must know before a process may join
     * @param beforeMkdir called with each directory before it is made, so that the intent can be written down
     * @throws HostException after which {@link #made} tells what still stands; {@link #undoCreate} removes it
     * @throws io.jrunc.error.SpecException {@code cannot use unified on cgroup v1}; nothing was made then
     */
    void create(Resources resources, Consumer<Path> beforeMkdir);

    /**
     * Make only the directory that a clone can start in, ahead of {@link #create}.
     *
     * @param beforeMkdir as for {@link #create}
     * @return that directory; the caller closes it. Empty where there is none, or it is done without
     */
    Optional<Fd> createForClone(Resources resources, Consumer<Path> beforeMkdir);

    /** The directories {@link #create} made itself, parents first. Empty after {@link #load}. */
    List<Path> made();

    /** Remove what {@link #create} made, children first, as far as it is empty. */
    void undoCreate();

    /** False when a tolerated refusal left the container without a cgroup of its own. */
    boolean exists();

    /** Write every limit, device rules included. */
    void apply(Resources resources);

    /**
     * Write every limit again, device rules excepted: other tools may have added devices since.
     *
     * @throws io.jrunc.error.StateException if {@code checkBeforeUpdate} forbids it; nothing is written then
     */
    void update(Resources resources);

    /** Put a process into the cgroup, in every hierarchy. */
    void join(int pid);

    /**
     * Put an exec'ed process into the cgroup or below it.
     *
     * @param init the container's first process: on v2, where its own cgroup cannot be entered (it may have become an inner
     *         node), the process joins where init is, unless a place was asked for
     */
    void join(int pid, SubCgroups place, OptionalInt init);

    /**
     * A {@code tasks} file of a v1 hierarchy: a process that writes {@code 0} to it moves itself.
     *
     * @param file the receiver closes it
     * @param excused it may be refused: then the process stays where it is
     */
    record Tasks(Fd file, boolean excused) {}

    /** For a process to join by itself, before it has threads; empty on v2. */
    List<Tasks> tasks();

    /** As {@link #tasks()}, with the rules of {@link #join(int, SubCgroups, OptionalInt)}. */
    List<Tasks> tasks(SubCgroups place);

    /** For CLONE_INTO_CGROUP; the caller closes it. On a hybrid host that of the v2 hierarchy. Empty on v1 alone and where the container has no cgroup. */
    Optional<Fd> directoryForClone();

    /** As {@link #directoryForClone()}, with the rules of {@link #join(int, SubCgroups, OptionalInt)}. */
    Optional<Fd> directoryForClone(SubCgroups place, OptionalInt init);

    /**
     * Give the cgroup to the container's user: the directory and the files that the kernel allows to delegate. v2 only,
     * elsewhere nothing. Source: OCI config-linux.md#cgroup-ownership.
     *
     * @param uid on the host
     */
    void giveTo(int uid);

    /**
     * @param limit how long the kernel may take to stop every process
     * @throws HostException if it took longer; the cgroup is thawed again then
     */
    void freeze(Duration limit);

    void thaw();

    /** Whether this cgroup itself was told to freeze; one above it being frozen does not count. */
    boolean isFrozen();

    /** @param recursive with those in cgroups below; vanishing ones are passed over */
    List<Integer> pids(boolean recursive);

    /**
     * Signal every process in the cgroup and below. SIGKILL takes effect in a frozen cgroup too: v1 is thawed for it.
     *
     * <p>Never hits a stranger: a process is signalled through a pidfd that was checked to be inside.
     */
    void signalAll(int signal);

    /**
     * Remove the cgroup and what the container made below it. Gone already is fine.
     *
     * @param limit how long to wait for processes that are still dying
     * @throws HostException if some are still there after that
     */
    void delete(Duration limit);

    /**
     * Remove the cgroup if nobody is inside.
     *
     * @return false if somebody is; then all of it may still be there, or part of it
     */
    boolean deleteIfEmpty();

    /** Processes in it are refused a real-time policy, as it has no bandwidth for one: v1 groups begin so. v2 does not tell. */
    boolean withoutRealtime();

    /** How often the OOM killer struck here; empty if the kernel does not say. */
    OptionalLong oomKills();

    /** Controllers that are not there stay empty; rootless, unreadable ones too. */
    CgroupStats stats();

    /** To be told what happens from now on; the caller closes it. Empty where the kernel cannot tell. */
    Optional<CgroupWatch> watch();

    /** For state.json: absolute path by controller; {@code ""} is the v2 hierarchy. */
    Map<String, String> paths();
}
