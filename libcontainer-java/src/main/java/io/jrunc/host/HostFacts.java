package io.jrunc.host;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.os.MountCalls;
import io.jrunc.os.ProcHandle;
import io.jrunc.os.ProcessCalls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What does not change while the machine is up and the engine stays in its namespaces.
 *
 * @param cgroups how they are mounted
 * @param initialCgroupNamespace the engine is in the one that was there first
 * @param euid of the engine, and so of every caller it serves
 * @param inUserNamespace not the initial user namespace: root here is not root of the machine
 * @param lastCapability highest number that the kernel knows
 * @param boundingCapabilities mask of what the engine, and so its callers, may hand on
 * @param apparmor the kernel enforces AppArmor profiles
 * @param selinux an SELinux policy is loaded
 * @param recursiveAttributes mount_setattr(2) is there (Linux 5.12)
 * @param namespaces kinds that the kernel has, by their names in /proc/PID/ns
 */
public record HostFacts(CgroupLayout cgroups, boolean initialCgroupNamespace, int euid, boolean inUserNamespace, int lastCapability, long boundingCapabilities,
        boolean apparmor, boolean selinux, boolean recursiveAttributes, Set<String> namespaces)
{
    /** Its number is fixed. Source: the kernel's include/linux/proc_ns.h, PROC_CGROUP_INIT_INO. */
    private static final String INITIAL_CGROUP_NAMESPACE = "cgroup:[" + 0xEFFFFFFBL + "]";
    private static final String WHOLE_RANGE = "4294967295";
    private static final int LAST_CAPABILITY = 40;
    private static final int SMALL = 65536;
    private static final List<String> NAMESPACES = List.of("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts");

    private static final class Shared
    {
        private static final HostFacts HERE = probe();
    }

    private static volatile Optional<HostFacts> rehearsed = Optional.empty();

    /** The facts of this machine, read once. */
    public static HostFacts here()
    {
        return rehearsed.isPresent() ? rehearsed.get() : Shared.HERE;
    }

    /** For the training run: from now on this is a machine as most are, and we are its root, whoever builds and where. */
    public static void rehearse(CgroupLayout cgroups)
    {
        here();
        rehearsed = Optional.of(new HostFacts(cgroups, true, 0, false, LAST_CAPABILITY, -1L >>> (63 - LAST_CAPABILITY), false, false, true, Set.copyOf(NAMESPACES)));
    }

    private static HostFacts probe()
    {
        ProcHandle proc = ProcHandle.host();
        return new HostFacts(CgroupLayout.parse(proc.read("self/mountinfo", 64 << 20)),
                exists(proc, "self/ns/cgroup") && proc.readLink("self/ns/cgroup").equals(INITIAL_CGROUP_NAMESPACE),
                ProcessCalls.effectiveUid(),
                !wholeRange(proc.read("self/uid_map", SMALL)),
                Integer.parseInt(proc.read("sys/kernel/cap_last_cap", SMALL).strip()),
                Long.parseUnsignedLong(field(proc.read("self/status", SMALL), "CapBnd:"), 16),
                apparmorEnabled(),
                Files.exists(Path.of("/sys/fs/selinux/enforce")),
                MountCalls.canSetAttributes(),
                NAMESPACES.stream().filter(name -> exists(proc, "self/ns/" + name)).collect(Collectors.toUnmodifiableSet()));
    }

    /** {@code 0 0 4294967295}: every id is itself, which is the initial user namespace's map. */
    static boolean wholeRange(String map)
    {
        String[] words = map.strip().split("\\s+");
        return words.length == 3 && words[0].equals("0") && words[1].equals("0") && words[2].equals(WHOLE_RANGE);
    }

    /** The value of a line of /proc/PID/status but its first; "0" if there is none. */
    static String field(String status, String name)
    {
        return fields(status, List.of(name)).getFirst();
    }

    /** @param names best in the file's own order, so that it is read through once */
    static List<String> fields(String status, List<String> names)
    {
        List<String> values = new ArrayList<>(names.size());
        int at = 0;
        for (String name : names) {
            int before = status.indexOf("\n" + name, at);
            if (before < 0) {
                before = status.indexOf("\n" + name);
            }
            if (before < 0) {
                values.add("0");
                continue;
            }
            int from = before + 1 + name.length();
            int end = status.indexOf('\n', from);
            at = end < 0 ? status.length() : end;
            values.add(status.substring(from, at).strip());
        }
        return values;
    }

    private static boolean exists(ProcHandle proc, String link)
    {
        try {
            return !proc.readLink(link).isEmpty();
        }
        catch (ErrnoException e) {
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    private static boolean apparmorEnabled()
    {
        try {
            return HostFile.read(Path.of("/sys/module/apparmor/parameters/enabled"), 1)[0] == 'Y';
        }
        catch (ErrnoException e) {
            return false;
        }
    }
}
