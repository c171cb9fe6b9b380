package io.jrunc.seccomp;

import io.jrunc.error.Diagnosis;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.os.LibSeccomp;
import io.jrunc.seccomp.Bpf.Instruction;
import io.jrunc.seccomp.Profile.Rule;
import io.jrunc.spec.Seccomp;
import io.jrunc.spec.SeccompArch;
import io.jrunc.spec.SeccompArg;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Compiles a seccomp section through libseccomp, which it opens, and puts {@link EnosysPrologue} before the result.
 *
 * <p>Loads nothing into any process. Callers that start containers use {@link SeccompCache} in front of it.
 */
public final class SeccompCompiler
{
    /** From this many names up a chain of comparisons costs more per call than libseccomp's binary tree. */
    private static final int LONGEST_CHAIN = 32;
    private static final int NOTIFY_API_LEVEL = 6;

    private final Consumer<String> debug;

    /** @param debug takes one line for each compilation and for each thing left out, e.g. a system call unknown to libseccomp */
    public SeccompCompiler(Consumer<String> debug)
    {
        this.debug = debug;
    }

    /**
     * The program for a section, always through libseccomp.
     *
     * @throws SpecException for what is wrong with the section
     * @throws HostException when kernel or libseccomp cannot do what it asks, or libseccomp is missing
     */
    public SeccompProgram program(Seccomp section)
    {
        Profile profile = Profile.of(section);
        return profile.with(compile(profile));
    }

    /**
     * The instructions alone.
     *
     * @throws SpecException when libseccomp refuses a rule, or the program is too large for the kernel
     * @throws HostException when libseccomp is missing, or too old for what the section asks
     */
    byte[] compile(Profile profile)
    {
        debug.accept("libseccomp compiles a filter");
        LibSeccomp library = LibSeccomp.load();
        if (profile.notifies() && library.apiLevel() < NOTIFY_API_LEVEL) {
            throw new HostException("seccomp notify unsupported: API level: got " + library.apiLevel() + ", want at least "
                    + NOTIFY_API_LEVEL + ". Please try with libseccomp >= 2.5.0 and Linux >= 5.7");
        }
        List<Instruction> prologue = EnosysPrologue.isNeeded(profile.defaultAction())
                ? EnosysPrologue.instructions(newestNumbers(library, profile))
                : List.of();
        return fitting(Bpf.prepend(prologue, filter(library, profile)));
    }

    static byte[] fitting(byte[] program)
    {
        if (program.length > SeccompProgram.MOST_INSTRUCTIONS * SeccompProgram.INSTRUCTION_SIZE) {
            throw new SpecException("linux.seccomp", "the filter has more than " + SeccompProgram.MOST_INSTRUCTIONS
                    + " instructions, the kernel's limit; name fewer system calls or architectures");
        }
        return program;
    }

    private byte[] filter(LibSeccomp library, Profile profile)
    {
        try (LibSeccomp.Filter filter = newFilter(library, profile.defaultAction())) {
            for (SeccompArch architecture : profile.architectures()) {
                addArchitecture(filter, library, architecture);
            }
            int added = 0;
            for (Rule rule : profile.rules()) {
                if (rule.action().code() == profile.defaultAction().code()) {
                    debug.accept(rule.path() + ": same as the default action, skipped");
                    continue;
                }
                for (String name : rule.names()) {
                    added += addRules(filter, library, rule, name);
                }
            }
            // libseccomp up to 2.5.4 makes a broken tree of no rules, so rules that were really added decide.
            if (profile.namesCount() > LONGEST_CHAIN && added > 0 && !filter.useBinaryTree()) {
                debug.accept("libseccomp " + library.version() + " has no binary tree");
            }
            return filter.export();
        }
    }

    private static LibSeccomp.Filter newFilter(LibSeccomp library, Action defaultAction)
    {
        try {
            return library.filter(defaultAction.code());
        }
        catch (ErrnoException refused) {
            throw new HostException("seccomp action " + defaultAction.kind().word() + " is not supported by this kernel with libseccomp "
                    + library.version(), refused);
        }
    }

    private static void addArchitecture(LibSeccomp.Filter filter, LibSeccomp library, SeccompArch architecture)
    {
        try {
            filter.addArch(architecture.token());
        }
        catch (ErrnoException refused) {
            throw new HostException("libseccomp " + library.version() + " cannot filter " + architecture.word() + " here",
                    Diagnosis.NONE.withCause("it is too old to know it, or its byte order is not this machine's"), refused);
        }
    }

    /** Returns the number of rules added: 0 when the name is unknown. */
    private int addRules(LibSeccomp.Filter filter, LibSeccomp library, Rule rule, String name)
    {
        OptionalInt number = resolve(library, name);
        if (number.isEmpty()) {
            debug.accept(rule.path() + ": unknown seccomp syscall " + name.replaceAll("[^\\p{Graph}]", "?") + " ignored");
            return 0;
        }
        List<List<SeccompArg>> alternatives = rule.alternatives();
        for (List<SeccompArg> together : alternatives) {
            try {
                filter.addRule(rule.action().code(), number.getAsInt(), name, together.stream().map(SeccompCompiler::comparison).toList());
            }
            catch (ErrnoException refused) {
                throw new SpecException(rule.path(), "error adding seccomp filter rule for syscall " + name + ": " + refused.getMessage());
            }
        }
        return alternatives.size();
    }

    private static LibSeccomp.Comparison comparison(SeccompArg condition)
    {
        return new LibSeccomp.Comparison(
                condition.index(), condition.op().number(), condition.value(), condition.valueTwo());
    }

    /** The greatest number that the profile names, for each architecture of the filter; the native one first. */
    private static Map<SeccompArch, Integer> newestNumbers(LibSeccomp library, Profile profile)
    {
        Set<SeccompArch> covered = new LinkedHashSet<>();
        nativeArchitecture(library).ifPresent(covered::add);
        covered.addAll(profile.architectures());

        Map<SeccompArch, Integer> newest = new LinkedHashMap<>();
        for (SeccompArch architecture : covered) {
            for (Rule rule : profile.rules()) {
                for (String name : rule.names()) {
                    OptionalInt number = isName(name) ? library.resolve(architecture.token(), name) : OptionalInt.empty();
                    if (number.isPresent() && EnosysPrologue.counts(architecture, number.getAsInt())) {
                        newest.merge(architecture, number.getAsInt(), Math::max);
                    }
                }
            }
        }
        return newest;
    }

    private static Optional<SeccompArch> nativeArchitecture(LibSeccomp library)
    {
        int token = library.nativeArch();
        return Arrays.stream(SeccompArch.values()).filter(architecture -> architecture.token() == token).findFirst();
    }

    private static OptionalInt resolve(LibSeccomp library, String name)
    {
        return isName(name) ? library.resolve(name) : OptionalInt.empty();
    }

    /** A NUL would end the name early for libseccomp: "read" + NUL + "x" must not become a rule for read. */
    private static boolean isName(String name)
    {
        return !name.isEmpty()
                && name.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_');
    }
}
