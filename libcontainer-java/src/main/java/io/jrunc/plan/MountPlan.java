package io.jrunc.plan;

import io.jrunc.error.SpecException;
import io.jrunc.plan.PlanFacts.SourceFacts;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.IdmapOption;
import io.jrunc.spec.Mount;
import io.jrunc.spec.MountFlag;
import io.jrunc.spec.MountOptions;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Propagation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The mounts of the bundle as steps, in the bundle's order. The only place that turns option words into the kernel's flags.
 *
 * <p>Three ways: a new file system is made by the init; a directory of the host is opened by the engine, whom no user namespace
 * hinders, and attached by the init; a source below the root is bound by the init, who sees the mounts made before. If that one
 * is to be id-mapped the init opens it, the engine maps it, and the init attaches it.
 */
final class MountPlan
{
    /** The only paths below /proc that may be covered: lxcfs and its like provide them. */
    private static final Set<String> COVERED_BELOW_PROC = Set.of("/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat",
            "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid",
            "/proc/sys/crypto/fips_enabled");
    /** They take no {@code context=}. */
    private static final Set<String> WITHOUT_CONTEXT = Set.of("proc", "sysfs", "mqueue");
    private static final Pattern QUOTED = Pattern.compile("^([^=]+=)\"([^\"]*)\"$");
    /** Where the container finds the socket to a service manager. */
    static final String NOTIFY = "/run/notify";
    /** Their root is the cgroup namespace of who mounts them: the container's only once it is in its cgroup, the host's before. */
    private static final Set<String> OF_CGROUPS = Set.of("cgroup", "cgroup2");
    private static final Set<MountFlag> WITHOUT_WORD = Set.of(MountFlag.SILENT, MountFlag.REMOUNT);

    private final Request request;
    private final CgroupMountPlan cgroups;
    private final int split;

    MountPlan(Request request)
    {
        this.request = request;
        this.split = firstThatNeedsTheCgroup(request.spec().mounts());
        this.cgroups = new CgroupMountPlan(request, this);
    }

    /** Those before the first that needs the process in its cgroup. */
    void first(Draft draft)
    {
        if (!request.ownMounts() && !request.spec().mounts().isEmpty()) {
            draft.warn("without a mount namespace of its own the mounts of the container are made on the host, and stay");
        }
        for (int i = 0; i < split; i++) {
            one(draft, i);
        }
    }

    /** Those of {@link #rest}. */
    List<Mount> later()
    {
        return request.spec().mounts().subList(split, request.spec().mounts().size());
    }

    /** The first that shows the cgroup, or whose content counts as the container's memory; as many as there are = none does. */
    private static int firstThatNeedsTheCgroup(List<Mount> mounts)
    {
        int at = 0;
        for (Mount mount : mounts) {
            MountOptions options = mount.parsedOptions();
            if (options.tmpcopyup() || !options.bind() && OF_CGROUPS.contains(mount.type().orElse(""))) {
                break;
            }
            at++;
        }
        return at;
    }

    /** The others, in their order. */
    void rest(Draft draft)
    {
        for (int i = split; i < request.spec().mounts().size(); i++) {
            one(draft, i);
        }
        request.options().notifyDirectory().ifPresent(directory -> bind(draft,
                new Bind(directory, NOTIFY, MountOptions.parse(List.of("bind", "ro", "nosuid", "noexec", "nodev")),
                        Optional.empty(), true),
                "the socket by which the program tells that it is ready", "environment NOTIFY_SOCKET"));
    }

    /** Mounts that had to stay writable until their content was complete. */
    void seal(Draft draft)
    {
        for (int i = 0; i < request.spec().mounts().size(); i++) {
            Mount mount = request.spec().mounts().get(i);
            MountOptions options = mount.parsedOptions();
            if (options.readonly() && sealedLater(mount, options)) {
                draft.step(new RootfsStep.RemountRo(request.target(mount), 0), "read-only as asked, now that it is complete",
                        "mounts[" + i + "].options");
            }
        }
    }

    private void one(Draft draft, int index)
    {
        String path = "mounts[" + index + "]";
        Mount mount = request.spec().mounts().get(index);
        MountOptions options = mount.parsedOptions();
        String target = request.target(mount);
        if (target.equals("/")) {
            draft.problem(path + ".destination", "mountpoint is on the top of rootfs");
            return;
        }
        checkProc(draft, path + ".destination", target, mount, options);
        if (options.set().contains(MountFlag.REMOUNT) && !options.bind()) {
            draft.step(new RootfsStep.Remount(target, options.mountFlags() & ~MountFlag.REMOUNT.mountFlag(), String.join(",", options.data())),
                    "changes what is mounted there by now", path);
            afterwards(draft, options, target, path);
            return;
        }
        String why = "asked for by the bundle";
        if (options.bind()) {
            String source = hostPath(mount.source().orElse(""));
            Optional<String> link = options.copySymlink() ? request.facts().sources().link(source) : Optional.empty();
            if (link.isPresent()) {
                draft.step(new RootfsStep.Symlink(link.get(), target, false), "the source is a link and shall stay one", path);
            }
            else {
                bind(draft, new Bind(source, target, options, idmap(draft, mount, options, path), false), why, path);
            }
        }
        else if (mount.type().orElse("").equals("cgroup")) {
            cgroups.mount(draft, path, mount, options);
        }
        else {
            fileSystem(draft, mount, options, target, why, path);
        }
    }

    private void fileSystem(Draft draft, Mount mount, MountOptions options, String target, String why, String path)
    {
        String type = mount.type().orElse("");
        boolean later = sealedLater(mount, options);
        List<String> words = new ArrayList<>(superblockWords(options, later));
        words.addAll(split(options.data()));
        request.linux().mountLabel().filter(_ -> !WITHOUT_CONTEXT.contains(type))
                .ifPresent(label -> words.add("context=" + label));
        long flags = targetFlags(options);
        if (type.equals("proc") || type.equals("sysfs")) {
            flags |= Kernel.MF_PLAIN_DIR;
        }
        if (type.equals("tmpfs")) {
            // It counts versions anyway, and is filled and sized by the new calls, which have no word for it.
            words.remove(MountFlag.I_VERSION.word());
            flags |= options.tmpcopyup() ? Kernel.MF_COPY_UP : 0;
            flags |= words.stream().noneMatch(word -> word.startsWith("mode=")) ? Kernel.MF_DIR_MODE : 0;
        }
        long attributes = attributes(options.set());
        if (later) {
            attributes &= ~Kernel.MOUNT_ATTR_RDONLY;
        }
        draft.step(new RootfsStep.MountFs(type, mount.source().orElse(type), words, attributes, target, flags), why, path);
        if (type.equals("mqueue")) {
            request.linux().mountLabel().ifPresent(label -> draft.step(new RootfsStep.MountLabel(target, label),
                    "this file system takes no context=, but the label of its root", "linux.mountLabel"));
        }
        afterwards(draft, options, target, path);
    }

    /**
     * A bind mount as asked for.
     *
     * @param awaited the source is a directory that is made before the mounts, such as the container's cgroup
     */
    record Bind(String source, String target, MountOptions options, Optional<EngineStep.IdMap> idmap, boolean awaited) {}

    void bind(Draft draft, Bind bind, String why, String path)
    {
        SourceFacts.Kind kind = bind.awaited() ? SourceFacts.Kind.DIRECTORY : request.facts().sources().kind(bind.source());
        Optional<String> inner = belowRoot(bind.source());
        if (kind == SourceFacts.Kind.MISSING && inner.isEmpty()) {
            draft.problem(path + ".source", "bind mount source " + bind.source() + ": no such file or directory");
            return;
        }
        MountOptions options = bind.options();
        long flags = targetFlags(options) | (kind.file() ? Kernel.MF_FILE : 0);
        long sourceFlags = options.srcNofollow() ? Kernel.MF_SRC_NOFOLLOW : 0;
        if (request.facts().mountsForOthers() && (inner.isEmpty() || bind.idmap().isPresent())) {
            int slot = draft.sourceSlot();
            checkRecursive(draft, options, path);
            if (inner.isEmpty()) {
                draft.work(new EngineStep.OpenSource(slot, bind.source(), options.recursiveBind(), !options.srcNofollow(), change(bind)),
                        "opened on the host's side: the container's root may not be able to", path + ".source");
            }
            else {
                draft.step(new RootfsStep.OpenInner(inner.get(), options.recursiveBind(), sourceFlags), "its source may lie in an earlier mount",
                        path + ".source");
                draft.work(new EngineStep.TakeInner(slot, change(bind)), "only who has power over a file system may map its ids", path);
            }
            draft.step(new RootfsStep.MountTree(slot, bind.target(), flags), why, path);
            propagate(draft, options, bind.target(), path);
            return;
        }
        if (bind.idmap().isPresent()) {
            draft.problem(path, "id-mapped mounts are not allowed for rootless containers");
        }
        // Without privileges over the source the kernel keeps what is locked, and says no to clearing it only if that was asked for.
        draft.step(new RootfsStep.MountInner(inner.orElse(bind.source()), options.recursiveBind(), bind.target(), attributes(options.set()),
                clearing(options), flags | sourceFlags), inner.isPresent() ? "its source may lie in an earlier mount" : why, path);
        afterwards(draft, options, bind.target(), path);
    }

    private EngineStep.TreeChange change(Bind bind)
    {
        MountOptions options = bind.options();
        boolean exact = !options.set().isEmpty() || !options.cleared().isEmpty();
        Optional<EngineStep.BindAttributes> attributes = exact
                ? Optional.of(new EngineStep.BindAttributes(attributes(options.set()), exactClearing(options), request.linux().has(NamespaceType.USER)))
                : Optional.empty();
        return new EngineStep.TreeChange(attributes, options.recursive().set(), options.recursive().clear(), bind.idmap());
    }

    /** How access times are kept changes only by a word that says how; one that says how not is not heard, as in mount(8) and runc. */
    private static long exactClearing(MountOptions options)
    {
        long others = attributes(options.cleared()) & ~attributes(options.set()) & ~(Kernel.MOUNT_ATTR_ATIME | Kernel.MOUNT_ATTR_NODIRATIME);
        return options.set().stream().anyMatch(MountFlag::isAtimeMode) ? others | Kernel.MOUNT_ATTR_ATIME : others;
    }

    private static long clearing(MountOptions options)
    {
        boolean atime = options.set().stream().anyMatch(MountFlag::isAtimeMode)
                || options.cleared().stream().anyMatch(MountFlag::isAtimeMode);
        long others = attributes(options.cleared()) & ~attributes(options.set()) & ~Kernel.MOUNT_ATTR_ATIME;
        return atime ? others | Kernel.MOUNT_ATTR_ATIME : others;
    }

    private void afterwards(Draft draft, MountOptions options, String target, String path)
    {
        if (!options.recursive().isEmpty()) {
            checkRecursive(draft, options, path);
            draft.step(new RootfsStep.MountAttr(target, true, options.recursive().set(), options.recursive().clear(), 0),
                    "the mount and all below it", path + ".options");
        }
        propagate(draft, options, target, path);
    }

    private void propagate(Draft draft, MountOptions options, String target, String path)
    {
        for (Propagation propagation : options.propagation()) {
            draft.step(new RootfsStep.MountAttr(target, propagation.recursive(), 0, 0, propagation.type()),
                    "after the mount, in the order of the options", path + ".options");
        }
    }

    private void checkRecursive(Draft draft, MountOptions options, String path)
    {
        if (!options.recursive().isEmpty() && !request.facts().mountSetattr()) {
            draft.problem(path + ".options",
                    "recursive mount options need mount_setattr(2), which this kernel does not have (Linux 5.12 does)");
        }
    }

    private Optional<EngineStep.IdMap> idmap(Draft draft, Mount mount, MountOptions options, String path)
    {
        if (!mount.hasMappings() && options.idmap().isEmpty()) {
            return Optional.empty();
        }
        boolean recursive = options.idmap().filter(IdmapOption::recursive).isPresent();
        if (mount.hasMappings()) {
            return Optional.of(new EngineStep.IdMap(mount.uidMappings(), mount.gidMappings(), Optional.empty(), recursive));
        }
        if (options.idmap().get().hasMappings()) {
            return Optional.of(new EngineStep.IdMap(resolve(draft, options.idmap().get().uids(), request.uids(), path),
                    resolve(draft, options.idmap().get().gids(), request.gids(), path), Optional.empty(), recursive));
        }
        Optional<String> joined = request.linux().joins(NamespaceType.USER);
        return Optional.of(joined.isPresent()
                ? new EngineStep.IdMap(List.of(), List.of(), joined, recursive)
                : new EngineStep.IdMap(request.uids(), request.gids(), Optional.empty(), recursive));
    }

    private static List<IdMapping> resolve(Draft draft, List<IdmapOption.Triple> triples, List<IdMapping> container, String path)
    {
        try {
            return triples.stream().map(triple -> triple.resolve(container)).toList();
        }
        catch (SpecException e) {
            e.problems().forEach(problem -> draft.problem(path + ".options", problem.message()));
            return List.of();
        }
    }

    /** A procfs that is not one would let the container choose what our writes to /proc reach. */
    private void checkProc(Draft draft, String path, String target, Mount mount, MountOptions options)
    {
        if (target.equals("/proc")) {
            Optional<SourceFacts.Kind> bound = options.bind() ? Optional.of(request.facts().sources().kind(hostPath(mount.source().orElse("")))) : Optional.empty();
            boolean proc = bound.isPresent() ? bound.get().proc() : mount.type().orElse("").equals("proc");
            if (!proc) {
                draft.problem(path, "\"" + target + "\" cannot be mounted because it is not of type proc");
            }
            else if (bound.filter(kind -> kind != SourceFacts.Kind.PROC_ROOT).isPresent()) {
                draft.warn("bind-mount of " + mount.source().orElse("") + " on /proc: it is not the root of a procfs");
            }
        }
        else if (target.startsWith("/proc/") && !COVERED_BELOW_PROC.contains(target)) {
            draft.problem(path, "\"" + target + "\" cannot be mounted because it is inside /proc");
        }
    }

    /** Words of the superblock, as fsconfig(2) knows them; those of the mount are attributes. */
    private static List<String> superblockWords(MountOptions options, boolean stayWritable)
    {
        List<String> words = new ArrayList<>();
        for (MountFlag flag : options.set()) {
            boolean ofSuperblock = flag.attribute().isEmpty() || flag == MountFlag.RDONLY && !stayWritable;
            if (ofSuperblock && !WITHOUT_WORD.contains(flag)) {
                words.add(flag.word());
            }
        }
        return words;
    }

    /** One option a word, as fsconfig(2) takes them: a comma separates unless it is quoted ({@code context="a,b"}) or escaped (overlay). */
    static List<String> split(List<String> data)
    {
        List<String> words = new ArrayList<>();
        for (String text : data) {
            int start = 0;
            boolean quoted = false;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                quoted ^= c == '"';
                if (c == ',' && !quoted && (i == 0 || text.charAt(i - 1) != '\\')) {
                    words.add(text.substring(start, i));
                    start = i + 1;
                }
            }
            words.add(text.substring(start));
        }
        words.removeIf(String::isEmpty);
        words.replaceAll(word -> word.indexOf('"') < 0 ? word : QUOTED.matcher(word).replaceFirst("$1$2"));
        return List.copyOf(words);
    }

    static long attributes(Set<MountFlag> flags)
    {
        long attributes = 0;
        for (MountFlag flag : flags) {
            attributes |= flag.attribute().orElse(0);
        }
        return attributes;
    }

    private static long targetFlags(MountOptions options)
    {
        return options.destNofollow() ? Kernel.MF_NOFOLLOW : 0;
    }

    /** The shim still has to change modes in a tmpfs, and to fill /dev. */
    private boolean sealedLater(Mount mount, MountOptions options)
    {
        return !options.bind() && (mount.type().orElse("").equals("tmpfs") || request.target(mount).equals("/dev"));
    }

    String hostPath(String source)
    {
        return source.isEmpty() ? source : Path.of(request.options().bundle()).resolve(source).normalize().toString();
    }

    /** The part of a source below the container's root, where mounts made before are only visible to the init. */
    private Optional<String> belowRoot(String source)
    {
        Path root = Path.of(request.facts().rootfs());
        Path path = Path.of(source.isEmpty() ? "/" : source);
        boolean below = root.getNameCount() > 0 && path.startsWith(root);
        return below ? Optional.of(root.relativize(path).toString()) : Optional.empty();
    }
}
