package io.jrunc.spec;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Reads {@code process} and what is in it. */
final class ProcessParser
{
    private ProcessParser()
    {
    }

    static Optional<ContainerProcess> process(JsonCursor process)
    {
        boolean terminal = process.flag("terminal").orElse(false);
        Optional<ConsoleSize> consoleSize = process.object("consoleSize").flatMap(size -> consoleSize(size, terminal));
        User user = process.object("user").map(ProcessParser::user).orElse(User.ROOT);
        List<String> args = process.texts("args");
        List<String> env = process.texts("env");
        String cwd = process.text("cwd").orElse("");
        Optional<Capabilities> capabilities = process.object("capabilities").map(ProcessParser::capabilities);
        List<Rlimit> rlimits = process.objects("rlimits", ProcessParser::rlimit);
        boolean noNewPrivileges = process.flag("noNewPrivileges").orElse(false);
        Optional<String> apparmorProfile = process.text("apparmorProfile");
        Optional<String> selinuxLabel = process.text("selinuxLabel");
        OptionalInt oomScoreAdj = process.int32("oomScoreAdj", -1000, 1000);
        Optional<Scheduler> scheduler = process.object("scheduler").flatMap(ProcessParser::scheduler);
        Optional<IoPriority> ioPriority = process.object("ioPriority").flatMap(ProcessParser::ioPriority);
        Optional<CpuAffinity> affinity = process.object("execCPUAffinity").flatMap(ProcessParser::cpuAffinity);
        return process.buildWhole(() -> new ContainerProcess(terminal, consoleSize, user, args, env, cwd, capabilities, rlimits,
                noNewPrivileges, apparmorProfile, selinuxLabel, oomScoreAdj, scheduler, ioPriority, affinity));
    }

    /** Without a terminal the size must be ignored, so a size too large for one is no fault then. */
    private static Optional<ConsoleSize> consoleSize(JsonCursor size, boolean terminal)
    {
        long height = size.require("height", size.uint64("height"));
        long width = size.require("width", size.uint64("width"));
        boolean fits = fits(height) && fits(width);
        if (!fits && !terminal) {
            return Optional.empty();
        }
        return size.build(() -> new ConsoleSize(fits(height) ? (int) height : -1, fits(width) ? (int) width : -1));
    }

    private static boolean fits(long unsigned)
    {
        return Long.compareUnsigned(unsigned, ConsoleSize.MAX) <= 0;
    }

    private static User user(JsonCursor user)
    {
        OptionalLong umask = user.uint32("umask");
        // umask(2) takes the permission bits and drops the rest, so that is what any other number means.
        return new User(user.uint32("uid").orElse(0), user.uint32("gid").orElse(0),
                umask.isPresent() ? OptionalInt.of((int) umask.getAsLong() & 0777) : OptionalInt.empty(), user.uint32s("additionalGids"));
    }

    private static Capabilities capabilities(JsonCursor sets)
    {
        return new Capabilities(sets.texts("bounding"), sets.texts("effective"), sets.texts("inheritable"), sets.texts("permitted"),
                sets.texts("ambient"));
    }

    private static Optional<Rlimit> rlimit(JsonCursor rlimit)
    {
        RlimitType type = rlimit.requiredWord("type", RlimitType.values(), word -> "wrong rlimit value: " + word);
        long soft = rlimit.require("soft", rlimit.uint64("soft"));
        long hard = rlimit.require("hard", rlimit.uint64("hard"));
        return rlimit.build(() -> new Rlimit(type, soft, hard));
    }

    private static Optional<Scheduler> scheduler(JsonCursor scheduler)
    {
        SchedulerPolicy policy = scheduler.requiredWord("policy", SchedulerPolicy.values(),
                word -> word.isEmpty() ? "scheduler policy is required" : "invalid scheduler policy: " + word);
        int nice = scheduler.int32("nice", Integer.MIN_VALUE, Integer.MAX_VALUE).orElse(0);
        int priority = scheduler.int32("priority", Integer.MIN_VALUE, Integer.MAX_VALUE).orElse(0);
        Optional<List<SchedulerFlag>> flags = scheduler.words("flags", SchedulerFlag.values(), word -> "invalid scheduler flag: " + word);
        long runtime = scheduler.uint64("runtime").orElse(0);
        long deadline = scheduler.uint64("deadline").orElse(0);
        long period = scheduler.uint64("period").orElse(0);
        return scheduler.build(() -> new Scheduler(policy, nice, priority, flags.map(Set::copyOf).orElse(Set.of()), runtime, deadline, period));
    }

    private static Optional<IoPriority> ioPriority(JsonCursor ioPriority)
    {
        IoPriorityClass ioClass = ioPriority.requiredWord("class", IoPriorityClass.values(),
                word -> "invalid ioPriority.Class: \"" + word + "\"");
        int priority = ioPriority.int32("priority", Integer.MIN_VALUE, Integer.MAX_VALUE).orElse(0);
        return ioPriority.build(() -> new IoPriority(ioClass, priority));
    }

    private static Optional<CpuAffinity> cpuAffinity(JsonCursor affinity)
    {
        Optional<RangeList> initial = affinity.ranges("initial", text -> "bad CPUAffinity.Initial \"" + text + "\"");
        Optional<RangeList> atLast = affinity.ranges("final", text -> "bad CPUAffinity.Final \"" + text + "\"");
        return affinity.build(() -> new CpuAffinity(initial, atLast));
    }
}
