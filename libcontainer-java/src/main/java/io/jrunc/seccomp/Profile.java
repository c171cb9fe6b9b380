package io.jrunc.seccomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import io.jrunc.spec.Seccomp;
import io.jrunc.spec.SeccompAction;
import io.jrunc.spec.SeccompArch;
import io.jrunc.spec.SeccompArg;
import io.jrunc.spec.SeccompFlag;
import io.jrunc.spec.SeccompSyscall;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A seccomp section in the kernel's numbers, with what OCI leaves open filled in.
 *
 * @param architectures beyond the native one, which is always covered
 * @param flags as the section says, or the default of a section that says nothing
 * @param listenerPath present at least when a rule notifies
 */
record Profile(
        Action defaultAction,
        List<SeccompArch> architectures,
        Set<SeccompFlag> flags,
        List<Rule> rules,
        Optional<String> listenerPath,
        Optional<String> listenerMetadata)
{
    private static final String SECTION = "linux.seccomp";

    /**
     * One entry of {@code syscalls}.
     *
     * @param path its place, e.g. {@code linux.seccomp.syscalls[3]}
     */
    record Rule(String path, List<String> names, Action action, List<SeccompArg> conditions)
    {
        /** Conditions that must hold together; several such lists are alternatives. */
        List<List<SeccompArg>> alternatives()
        {
            // libseccomp takes one condition per argument and rule. Profiles name an argument twice to mean "one of these".
            boolean repeated = conditions.stream().map(SeccompArg::index).distinct().count() < conditions.size();
            return repeated ? conditions.stream().map(List::of).toList() : List.of(conditions);
        }
    }

    /**
     * The one place where OCI's words become the kernel's. Asks the kernel about flags, and nobody about anything else.
     *
     * @throws SpecException for every errno out of range
     * @throws HostException when this kernel does not take a flag that the section names
     */
    static Profile of(Seccomp section)
    {
        List<SpecProblem> problems = new ArrayList<>();
        Action defaultAction = action(section.defaultAction(), section.defaultErrnoRet(), SECTION + ".defaultErrnoRet", problems);
        List<Rule> rules = new ArrayList<>();
        for (SeccompSyscall entry : section.syscalls()) {
            String path = SECTION + ".syscalls[" + rules.size() + "]";
            rules.add(new Rule(path, entry.names(), action(entry.action(), entry.errnoRet(), path + ".errnoRet", problems), entry.args()));
        }
        if (!problems.isEmpty()) {
            throw new SpecException(problems);
        }
        return new Profile(defaultAction, section.architectures(), flags(section), List.copyOf(rules),
                section.listenerPath(), section.listenerMetadata());
    }

    private static Action action(SeccompAction kind, OptionalInt errno, String path, List<SpecProblem> problems)
    {
        int data = kind.takesErrno() ? errno.orElse(Action.EPERM) : 0;
        int limit = Action.limit(kind);
        if (data >= limit) {
            problems.add(new SpecProblem(path, "must be below " + limit + " for " + kind.word() + ", not " + data));
            return new Action(kind, 0);
        }
        return new Action(kind, data);
    }

    private static Set<SeccompFlag> flags(Seccomp section)
    {
        if (section.flags().isEmpty()) {
            // Before Linux 5.16 a filter without it slows its process by the mitigation of speculative store bypass.
            return FilterFlags.isSupported(SeccompFlag.SPEC_ALLOW) ? Set.of(SeccompFlag.SPEC_ALLOW) : Set.of();
        }
        for (SeccompFlag flag : section.flags().get()) {
            if (!FilterFlags.isSupported(flag)) {
                throw new HostException("seccomp flag " + flag.word() + " is not supported by this kernel");
            }
        }
        return section.flags().get();
    }

    boolean notifies()
    {
        return rules.stream().anyMatch(rule -> rule.action().kind() == SeccompAction.NOTIFY);
    }

    /** Names, not entries: as many system calls as a chain would have to compare. */
    int namesCount()
    {
        return rules.stream().mapToInt(rule -> rule.names().size()).sum();
    }

    /** The program for the kernel; one method decides flags and listener for fresh and remembered programs alike. */
    SeccompProgram with(byte[] bpf)
    {
        long bits = flags.stream().mapToLong(FilterFlags::bit).reduce(0, (all, bit) -> all | bit);
        if (!notifies()) {
            // The kernel refuses WAIT_KILLABLE_RECV without a listener, where it would mean nothing.
            return new SeccompProgram(bpf, bits & ~SeccompFlag.WAIT_KILLABLE_RECV.bit(), Optional.empty(), Optional.empty());
        }
        return new SeccompProgram(bpf, bits | FilterFlags.NEW_LISTENER, listenerPath, listenerMetadata);
    }

    /** Everything that shapes the program, and nothing else: profiles with the same bytes compile to the same program. */
    byte[] canonicalBytes()
    {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(8192);
        DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.writeInt(defaultAction.code());
            out.writeInt(architectures.size());
            for (SeccompArch architecture : architectures) {
                out.writeInt(architecture.token());
            }
            for (Rule rule : rules) {
                write(out, rule);
            }
        }
        catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Rule rule)
            throws IOException
    {
        out.writeInt(rule.action().code());
        out.writeInt(rule.names().size());
        for (String name : rule.names()) {
            byte[] text = name.getBytes(UTF_8);
            out.writeInt(text.length);
            out.write(text);
        }
        out.writeInt(rule.conditions().size());
        for (SeccompArg condition : rule.conditions()) {
            out.writeInt(condition.index());
            out.writeInt(condition.op().number());
            out.writeLong(condition.value());
            out.writeLong(condition.valueTwo());
        }
    }
}
