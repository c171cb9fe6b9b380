package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupPaths.Place;
import io.jrunc.host.CgroupLayout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The hierarchy roots of one host layout, opened when first used and then kept: a resident engine opens each once in its
 * life, however many containers come.
 */
final class CgroupRoots
{
    private static final Path DELEGATE = Path.of("/sys/kernel/cgroup/delegate");

    /** What every kernel lets a user have; used where the kernel (before 4.15) does not say. */
    private static final List<String> ALWAYS_DELEGABLE = List.of("cgroup.procs", "cgroup.subtree_control", "cgroup.threads");

    private static CgroupRoots latest = new CgroupRoots(Optional.empty());

    private final Optional<CgroupLayout> layout;
    private final Map<Path, CgroupRoot> roots = new HashMap<>();

    private CgroupRoots(Optional<CgroupLayout> layout)
    {
        this.layout = layout;
    }

    /** One layout is kept. An engine sees another only when an administrator mounts cgroups anew below it. */
    static synchronized CgroupRoots of(CgroupLayout layout)
    {
        if (!latest.layout.equals(Optional.of(layout))) {
            latest = new CgroupRoots(Optional.of(layout));
        }
        return latest;
    }

    /** For tests: ordinary directories instead of mounts. */
    static CgroupRoots unchecked(List<Path> directories)
    {
        CgroupRoots roots = new CgroupRoots(Optional.empty());
        directories.forEach(directory -> roots.roots.put(directory, CgroupRoot.unchecked(directory)));
        return roots;
    }

    /** For the training run: ordinary directories instead of mounts, that behave as cgroups do. */
    static synchronized void rehearse(CgroupLayout layout)
    {
        latest = new CgroupRoots(Optional.of(layout));
        layout.mounts().forEach(mount -> latest.roots.put(mount.path(), new RehearsedRoot(mount.path())));
    }

    synchronized CgroupDirectory directory(Place place)
    {
        return new CgroupDirectory(roots.computeIfAbsent(place.mount(), CgroupRoot::open), place.relative());
    }

    /** Files of a v2 cgroup that may be given to a container's user. */
    static List<String> delegable()
    {
        try {
            return Files.readAllLines(DELEGATE).stream().filter(name -> !name.isBlank() && name.indexOf('/') < 0).toList();
        }
        catch (IOException unknown) {
            return ALWAYS_DELEGABLE;
        }
    }
}
