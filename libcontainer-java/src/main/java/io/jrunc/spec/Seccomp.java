package io.jrunc.spec;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The filter of system calls. An empty section of config.json means no filter and gives no such record.
 * Source: OCI config-linux.md#seccomp.
 *
 * @param defaultErrnoRet 0 to 65535, only with an action that takes it; empty = EPERM
 * @param architectures besides the native one
 * @param flags empty = not given (then SPEC_ALLOW where the kernel knows it), which differs from an empty set
 * @param listenerPath socket that gets the notify descriptor; required if an action is NOTIFY
 * @param listenerMetadata opaque text for it; only with a path
 */
public record Seccomp(SeccompAction defaultAction, OptionalInt defaultErrnoRet, List<SeccompArch> architectures,
        Optional<Set<SeccompFlag>> flags, Optional<String> listenerPath, Optional<String> listenerMetadata,
        List<SeccompSyscall> syscalls)
{
    public Seccomp
    {
        architectures = List.copyOf(architectures);
        syscalls = List.copyOf(syscalls);
        flags = flags.map(f -> f.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(f)));
        boolean notify = syscalls.stream().anyMatch(s -> s.action() == SeccompAction.NOTIFY);
        new Problems()
                .unless(defaultAction != SeccompAction.NOTIFY, "defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action")
                .unless(defaultErrnoRet.isEmpty() || defaultAction.takesErrno(), "defaultErrnoRet",
                        defaultAction.word() + " does not take an errno")
                .unless(!notify || listenerPath.isPresent(), "listenerPath", "seccomp listenerPath is not set")
                .unless(listenerMetadata.isEmpty() || listenerPath.isPresent(), "listenerMetadata",
                        "must not be set without listenerPath")
                .throwIfAny();
    }

    /** True if some rule hands its calls to a listener. */
    public boolean notifies()
    {
        return syscalls.stream().anyMatch(s -> s.action() == SeccompAction.NOTIFY);
    }
}
