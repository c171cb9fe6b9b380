package io.jrunc.host;

import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ENOENT;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.ProcHandle;
import io.jrunc.os.ProcessCalls;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Whether a client of a resident engine is the engine's equal: what the engine does for it, it could do itself.
 *
 * <p>A uid alone does not say that. A root without capabilities, under a seccomp filter, in another mount namespace or chroot must
 * get an engine of its own, with the same limits.
 *
 * @param namespaces the links of /proc/PID/ns
 * @param root the root directory
 * @param privileges capability sets, no_new_privs and seccomp mode
 * @param groups of a user who is not root
 * @param label what AppArmor or SELinux calls the process; empty = neither is on
 */
public record ClientIdentity(List<String> namespaces, FileCalls.Stat root, List<String> privileges, List<String> groups, String label)
{
    private static final List<String> NAMESPACES = List.of("mnt", "pid", "user", "cgroup", "net", "uts", "ipc", "time");
    /** Here and below as they follow each other in /proc/PID/status. */
    private static final List<String> FIELDS = List.of("CapPrm:", "CapEff:", "CapBnd:", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:");
    /** What a user without capabilities may touch hangs on these; root's differ from login to login and mean nothing. */
    private static final List<String> USER_FIELDS = List.of("Gid:", "Groups:");
    private static final int SMALL = 65536;

    private static final class Shared
    {
        /** No security module keeps labels here: so it is for every process until the next boot. */
        private static final boolean LABELS = !label(ProcHandle.host(), ProcessCalls.pid()).isEmpty();
        private static final ClientIdentity OWN = of(ProcessCalls.pid());
    }

    /** As a caller would be looked at; {@code pid} is the engine's own. */
    public static ClientIdentity ofSelf(int pid)
    {
        return of(pid);
    }

    private static ClientIdentity of(int pid)
    {
        ProcHandle proc = ProcHandle.host();
        String status = proc.readRecords(pid + "/status", SMALL);
        return new ClientIdentity(
                // A kernel without some kind of namespace has no link for it.
                proc.readLinks(pid + "/ns", NAMESPACES),
                proc.follow(pid + "/root"),
                HostFacts.fields(status, FIELDS),
                ProcessCalls.effectiveUid() == 0 ? List.of() : HostFacts.fields(status, USER_FIELDS),
                Shared.LABELS ? label(proc, pid) : "");
    }

    /**
     * Why the engine cannot serve this client; empty = it can.
     *
     * @param pid as SO_PEERCRED gives it; 0 = not in our pid namespace
     * @param process the process that has connected: its number may belong to another one by now, better than it; empty = it is gone
     */
    public static Optional<String> refusal(int pid, int uid, Optional<Fd> process)
    {
        if (uid != ProcessCalls.effectiveUid()) {
            return Optional.of("it belongs to another user");
        }
        if (pid <= 0) {
            return Optional.of("it is in another pid namespace");
        }
        if (process.isEmpty()) {
            return Optional.of("it has ended");
        }
        ClientIdentity client;
        try {
            client = of(pid);
        }
        catch (ErrnoException e) {
            return Optional.of("it cannot be looked at: " + e.getMessage());
        }
        // If it still is there, all that was read was its own.
        if (FileCalls.poll(Optional.of(Duration.ZERO), FileCalls.POLLIN, process.get())[0] != 0) {
            return Optional.of("it has ended");
        }
        ClientIdentity own = Shared.OWN;
        for (int i = 0; i < NAMESPACES.size(); i++) {
            if (!client.namespaces.get(i).equals(own.namespaces.get(i))) {
                return Optional.of("it is in another " + NAMESPACES.get(i) + " namespace");
            }
        }
        if (!client.root.sameAs(own.root) || client.root.mount() != own.root.mount()) {
            return Optional.of("it has another root directory");
        }
        for (int i = 0; i < FIELDS.size(); i++) {
            if (!client.privileges.get(i).equals(own.privileges.get(i))) {
                return Optional.of("it has other privileges (" + FIELDS.get(i).replace(":", "") + ")");
            }
        }
        if (!client.groups.equals(own.groups)) {
            return Optional.of("it has other groups");
        }
        if (!client.label.equals(own.label)) {
            return Optional.of("it has another security label");
        }
        return Optional.empty();
    }

    private static String label(ProcHandle proc, int pid)
    {
        try {
            return proc.read(pid + "/attr/current", SMALL);
        }
        catch (ErrnoException e) {
            // EINVAL or ENOENT: no security module keeps labels.
            if (e.is(EINVAL, ENOENT)) {
                return "";
            }
            throw e;
        }
    }
}
