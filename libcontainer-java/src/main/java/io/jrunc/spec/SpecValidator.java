package io.jrunc.spec;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds what contradicts across the sections of a config.json. Pure: the one thing that only the host knows, whether a path is the
 * runtime's own network namespace, comes in as a question.
 *
 * <p>What single values must be like is checked when their record is made; what the host must offer is checked while planning.
 */
public final class SpecValidator
{
    /** The kernel's __NEW_UTS_LEN. */
    private static final int MAX_HOST_NAME = 64;

    private final Spec spec;
    private final Linux linux;
    private final Problems problems = new Problems();

    private SpecValidator(Spec spec)
    {
        this.spec = spec;
        this.linux = spec.linux();
    }

    /**
     * @param isOwnNetwork tells if this path is the network namespace that the runtime itself is in; asked only if the config joins
     *         one and sets parameters of the network
     * @throws SpecException with all contradictions
     */
    public static void validate(Spec spec, Predicate<String> isOwnNetwork)
    {
        List<SpecProblem> found = problems(spec, isOwnNetwork);
        if (!found.isEmpty()) {
            throw new SpecException(found);
        }
    }

    /** The contradictions that {@link #validate} would throw; none = the config is fine. */
    public static List<SpecProblem> problems(Spec spec, Predicate<String> isOwnNetwork)
    {
        SpecValidator validator = new SpecValidator(spec);
        validator.checkNames();
        validator.checkRestrictedPaths();
        validator.checkUserNamespace();
        validator.checkTimeNamespace();
        validator.checkNetDevices();
        validator.checkSysctls(isOwnNetwork);
        validator.checkMounts();
        return validator.problems.list();
    }

    /** What is accepted but deserves a warning, with its place. */
    public static List<SpecProblem> warnings(Spec spec)
    {
        Problems warnings = new Problems();
        for (int i = 0; i < spec.mounts().size(); i++) {
            String destination = spec.mounts().get(i).destination();
            warnings.unless(destination.startsWith("/"), "mounts[" + i + "].destination", "mount destination " + Problems.quote(destination)
                    + " is not absolute: taken as relative to /, which is deprecated");
        }
        Linux linux = spec.linux();
        linux.personality().ifPresent(p -> warnings.unless(p.flags().isEmpty(), "linux.personality.flags",
                "ignoring unsupported personality flags: " + p.flags()));
        linux.resources().flatMap(Resources::memory).ifPresent(m -> warnings.unless(m.kernel().isEmpty() && m.kernelTcp().isEmpty(),
                "linux.resources.memory", "kernel memory settings are ignored"));
        return warnings.list();
    }

    /**
     * Tells whether the ids of a user exist inside a user namespace; for the config itself and for each exec.
     *
     * @param path where the user stands, e.g. {@code process.user}
     */
    public static List<SpecProblem> userProblems(String path, User user, List<IdMapping> uids, List<IdMapping> gids)
    {
        Problems problems = new Problems();
        checkUser(problems, path, user, uids, gids);
        return problems.list();
    }

    private void checkNames()
    {
        checkName("hostname", spec.hostname());
        checkName("domainname", spec.domainname());
    }

    private void checkName(String field, Optional<String> name)
    {
        name.ifPresent(text -> problems
                .unless(linux.has(NamespaceType.UTS), field, "unable to set " + field + " without a private UTS namespace")
                .unless(text.getBytes(StandardCharsets.UTF_8).length <= MAX_HOST_NAME, field, "is longer than " + MAX_HOST_NAME + " bytes"));
    }

    private void checkRestrictedPaths()
    {
        if (linux.has(NamespaceType.MOUNT)) {
            return;
        }
        String complaint = "unable to restrict sys entries without a private MNT namespace";
        problems.unless(linux.maskedPaths().isEmpty(), "linux.maskedPaths", complaint)
                .unless(linux.readonlyPaths().isEmpty(), "linux.readonlyPaths", complaint);
    }

    private void checkUserNamespace()
    {
        boolean hasMappings = !linux.uidMappings().isEmpty() || !linux.gidMappings().isEmpty();
        Optional<Namespace> user = linux.namespace(NamespaceType.USER);
        String first = linux.uidMappings().isEmpty() ? "linux.gidMappings" : "linux.uidMappings";
        if (user.isEmpty()) {
            problems.unless(!hasMappings, first, "user namespace mappings specified, but user namespace isn't enabled in the config");
            return;
        }
        checkOverlap("linux.uidMappings", linux.uidMappings());
        checkOverlap("linux.gidMappings", linux.gidMappings());
        if (user.get().path().isPresent()) {
            // Mappings next to a path are tolerated if they are the namespace's own: containerd and cri-o write both.
            return;
        }
        if (!hasMappings) {
            problems.add("linux.namespaces",
                    "user namespaces enabled, but no namespace path to join nor mappings to apply specified");
            return;
        }
        boolean mapped = checkRootIsMapped("linux.uidMappings", "uid", linux.uidMappings())
                & checkRootIsMapped("linux.gidMappings", "gid", linux.gidMappings());
        if (mapped) {
            checkUser(problems, "process.user", spec.process().user(), linux.uidMappings(), linux.gidMappings());
        }
    }

    private boolean checkRootIsMapped(String path, String kind, List<IdMapping> mappings)
    {
        boolean mapped = IdMapping.toHost(mappings, 0).isPresent();
        problems.unless(mapped, path, mappings.isEmpty()
                ? "user namespaces enabled, but no " + kind + " mappings found"
                : "user namespaces enabled, but no mapping found for " + kind + " 0");
        return mapped;
    }

    /** The kernel refuses such maps as a whole, without saying why. */
    private void checkOverlap(String path, List<IdMapping> mappings)
    {
        for (int i = 0; i < mappings.size(); i++) {
            IdMapping one = mappings.get(i);
            for (IdMapping other : mappings.subList(0, i)) {
                problems.unless(!overlap(one.containerId(), one.size(), other.containerId(), other.size()),
                                path + "[" + i + "].containerID", "the range overlaps an earlier one")
                        .unless(!overlap(one.hostId(), one.size(), other.hostId(), other.size()),
                                path + "[" + i + "].hostID", "the range overlaps an earlier one");
            }
        }
    }

    private static boolean overlap(long first, long size, long otherFirst, long otherSize)
    {
        return first < otherFirst + otherSize && otherFirst < first + size;
    }

    private static void checkUser(Problems problems, String path, User user, List<IdMapping> uids, List<IdMapping> gids)
    {
        problems.unless(IdMapping.toHost(uids, user.uid()).isPresent(), path + ".uid",
                        "cannot setuid to unmapped uid " + user.uid() + " in user namespace")
                .unless(IdMapping.toHost(gids, user.gid()).isPresent(), path + ".gid",
                        "cannot setgid to unmapped gid " + user.gid() + " in user namespace");
        for (int i = 0; i < user.additionalGids().size(); i++) {
            long gid = user.additionalGids().get(i);
            problems.unless(IdMapping.toHost(gids, gid).isPresent(), path + ".additionalGids[" + i + "]",
                    "cannot setgroups to unmapped gid " + gid + " in user namespace");
        }
    }

    private void checkTimeNamespace()
    {
        if (linux.timeOffsets().isEmpty()) {
            return;
        }
        problems.unless(linux.has(NamespaceType.TIME), "linux.timeOffsets",
                        "time namespace offsets specified, but time namespace isn't enabled in the config")
                .unless(linux.joins(NamespaceType.TIME).isEmpty(), "linux.timeOffsets", "time namespace enabled, but both namespace "
                        + "path and time offsets specified -- you may only provide one");
    }

    private void checkNetDevices()
    {
        problems.unless(linux.netDevices().isEmpty() || linux.has(NamespaceType.NETWORK), "linux.netDevices",
                "unable to move network devices without a NET namespace");
        Map<String, String> sources = new HashMap<>();
        linux.netDevices().forEach((hostName, device) -> {
            String name = device.name().orElse(hostName);
            String other = name.contains("%d") ? null : sources.putIfAbsent(name, hostName);
            problems.unless(other == null, Problems.join("linux.netDevices", hostName),
                    "both this and " + other + " would be named " + Problems.quote(name) + " in the container");
        });
    }

    private void checkSysctls(Predicate<String> isOwnNetwork)
    {
        for (String key : linux.sysctl().keySet()) {
            sysctlComplaint(Sysctl.parse(key), isOwnNetwork)
                    .ifPresent(complaint -> problems.add(Problems.join("linux.sysctl", key), complaint));
        }
    }

    /** /proc/sys is shared in parts: only what one of the container's own namespaces holds may be set. */
    private Optional<String> sysctlComplaint(Sysctl sysctl, Predicate<String> isOwnNetwork)
    {
        String name = Problems.quote(sysctl.dotted());
        if (sysctl.isIpc()) {
            return complainUnless(linux.has(NamespaceType.IPC), "sysctl " + name + " is not allowed in the hosts ipc namespace");
        }
        if (sysctl.isNetwork()) {
            boolean separate = linux.has(NamespaceType.NETWORK)
                    && linux.joins(NamespaceType.NETWORK).filter(isOwnNetwork).isEmpty();
            return complainUnless(separate, "sysctl " + name + " not allowed in host network namespace");
        }
        if (linux.has(NamespaceType.UTS) && sysctl.dotted().equals("kernel.domainname")) {
            return Optional.empty();
        }
        if (linux.has(NamespaceType.UTS) && sysctl.dotted().equals("kernel.hostname")) {
            return Optional.of("sysctl " + name + " is not allowed as it conflicts with the OCI \"hostname\" field");
        }
        if (sysctl.isUser()) {
            return complainUnless(linux.has(NamespaceType.USER),
                    "setting ucounts without a user namespace not allowed: " + Problems.printable(sysctl.dotted()));
        }
        return Optional.of("sysctl " + name + " is not in a separate kernel namespace");
    }

    private static Optional<String> complainUnless(boolean fine, String complaint)
    {
        return fine ? Optional.empty() : Optional.of(complaint);
    }

    private void checkMounts()
    {
        for (int i = 0; i < spec.mounts().size(); i++) {
            checkMount("mounts[" + i + "]", spec.mounts().get(i));
        }
    }

    private void checkMount(String path, Mount mount)
    {
        MountOptions options = mount.parsedOptions();
        if (options.bind() && !options.data().isEmpty()) {
            problems.add(path + ".options", "bind mounts cannot have any filesystem-specific options applied: " + Problems.printable(options.dataText()));
        }
        problems.unless(!options.bind() || mount.source().isPresent(), path + ".source", "is required for a bind mount")
                .unless(options.bind() || options.set().contains(MountFlag.REMOUNT) || mount.type().isPresent(), path + ".type",
                        "is required for a mount that is neither bind nor remount");
        if (options.idmap().isPresent() || mount.hasMappings()) {
            checkIdmap(path, mount, options);
        }
    }

    private void checkIdmap(String path, Mount mount, MountOptions options)
    {
        problems.unless(options.bind(), path, "id-mapped mounts are only supported for bind-mounts");
        checkOverlap(path + ".uidMappings", mount.uidMappings());
        checkOverlap(path + ".gidMappings", mount.gidMappings());
        boolean both;
        if (mount.hasMappings()) {
            both = !mount.uidMappings().isEmpty() && !mount.gidMappings().isEmpty();
        }
        else if (options.idmap().filter(IdmapOption::hasMappings).isPresent()) {
            both = !options.idmap().get().uids().isEmpty() && !options.idmap().get().gids().isEmpty();
        }
        else {
            both = linux.has(NamespaceType.USER);
        }
        problems.unless(both, path, "id-mapped mounts must have both uid and gid mappings specified");
    }
}
