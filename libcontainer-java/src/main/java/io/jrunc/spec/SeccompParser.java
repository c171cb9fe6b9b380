package io.jrunc.spec;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Reads {@code linux.seccomp}. */
final class SeccompParser
{
    private SeccompParser()
    {
    }

    /** Empty also for a section that has neither a default action nor system calls: that means no filter. */
    static Optional<Seccomp> seccomp(JsonCursor seccomp)
    {
        Optional<SeccompAction> given = seccomp.word("defaultAction", SeccompAction.values(), SeccompParser::badAction);
        OptionalInt defaultErrnoRet = seccomp.uint16("defaultErrnoRet");
        List<SeccompArch> architectures = seccomp.words("architectures", SeccompArch.values(),
                word -> "string " + word + " is not a valid arch for seccomp").orElse(List.of());
        Optional<Set<SeccompFlag>> flags = seccomp.words("flags", SeccompFlag.values(),
                word -> "string " + word + " is not a valid flag for seccomp").map(Set::copyOf);
        Optional<String> listenerPath = seccomp.text("listenerPath");
        Optional<String> listenerMetadata = seccomp.text("listenerMetadata");
        List<SeccompSyscall> syscalls = seccomp.objects("syscalls", SeccompParser::syscall);
        if (seccomp.isUnset("defaultAction")) {
            if (syscalls.isEmpty()) {
                return Optional.empty();
            }
            seccomp.problem("defaultAction", "is required: " + badAction(""));
        }
        return seccomp.build(() -> new Seccomp(given.orElseThrow(), defaultErrnoRet, architectures, flags, listenerPath,
                listenerMetadata, syscalls));
    }

    private static String badAction(String word)
    {
        return "string " + word + " is not a valid action for seccomp";
    }

    private static Optional<SeccompSyscall> syscall(JsonCursor rule)
    {
        List<String> names = rule.texts("names");
        SeccompAction action = rule.requiredWord("action", SeccompAction.values(), SeccompParser::badAction);
        OptionalInt errnoRet = rule.uint16("errnoRet");
        List<SeccompArg> args = rule.objects("args", SeccompParser::arg);
        return rule.build(() -> new SeccompSyscall(names, action, errnoRet, args));
    }

    private static Optional<SeccompArg> arg(JsonCursor arg)
    {
        OptionalLong index = arg.uint32("index");
        long number = arg.require("index", index);
        long value = arg.require("value", arg.uint64("value"));
        long valueTwo = arg.uint64("valueTwo").orElse(0);
        SeccompOperator op = arg.requiredWord("op", SeccompOperator.values(),
                word -> "string " + word + " is not a valid operator for seccomp");
        return arg.build(() -> new SeccompArg((int) Math.min(number, Integer.MAX_VALUE), value, valueTwo, op));
    }
}
