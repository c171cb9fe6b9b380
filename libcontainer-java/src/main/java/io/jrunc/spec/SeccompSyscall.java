package io.jrunc.spec;

import java.util.List;
import java.util.OptionalInt;

/**
 * A rule for some system calls. Source: OCI config-linux.md#seccomp.
 *
 * @param names never empty; unknown ones are skipped later
 * @param errnoRet 0 to 65535, only with an action that takes it; empty = EPERM
 * @param args all must hold, but several on one index are alternatives
 */
public record SeccompSyscall(List<String> names, SeccompAction action, OptionalInt errnoRet, List<SeccompArg> args)
{
    public SeccompSyscall
    {
        names = List.copyOf(names);
        args = List.copyOf(args);
        new Problems()
                .unless(!names.isEmpty(), "names", "must contain at least one entry")
                .unless(names.stream().noneMatch(String::isEmpty), "names", "must not contain an empty name")
                .unless(errnoRet.isEmpty() || action.takesErrno(), "errnoRet", action.word() + " does not take an errno")
                .unless(action != SeccompAction.NOTIFY || !names.contains("write"), "action",
                        "SCMP_ACT_NOTIFY cannot be used for the write syscall")
                .throwIfAny();
    }
}
