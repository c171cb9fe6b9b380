package io.jrunc.seccomp;

import static io.jrunc.seccomp.Bpf.answer;
import static io.jrunc.seccomp.Bpf.jump;
import static io.jrunc.seccomp.Bpf.load;
import static io.jrunc.seccomp.Bpf.test;

import io.jrunc.seccomp.Bpf.Instruction;
import io.jrunc.spec.SeccompAction;
import io.jrunc.spec.SeccompArch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers ENOSYS for system calls younger than the profile, before libseccomp's program sees them.
 *
 * <p>Why: a C library tries a new call and falls back when it gets ENOSYS. A profile written before that call existed
 * does not name it and would answer EPERM (or kill), and the fallback would never be tried.
 *
 * <p>The rule: for each architecture of the filter (the native one always, named or not), a call whose number is
 * <em>greater than the greatest number of all names in the profile</em>, whatever their action, gets ENOSYS. All other
 * calls go on to libseccomp's program; so do all calls of an architecture for which the profile names nothing, of an
 * architecture outside the filter, and x32 calls unless x32 is in the filter (libseccomp kills those). There is no prologue
 * <ul>
 *   <li>when the default action lets a call pass ({@link Action#letsPass()}: ALLOW, LOG, TRACE), as nothing is refused then;
 *   <li>when the default action answers ENOSYS already.
 * </ul>
 *
 * <p>Numbers are not given out strictly in order of age (close_range got a number below calls older than it): the rule
 * errs for such a call as it errs in other runtimes.
 *
 * <p>s390, s390x: calls beyond the width of the instruction arrive through number 0, which stays 0 when the kernel knows no
 * such call; number 0 itself ({@code setup}) was removed decades ago. Hence 0 gets ENOSYS too. ARM: the private calls from
 * 0x0f0000 up (set_tls, cacheflush) are a range of their own: they neither count as greatest nor get ENOSYS.
 *
 * <p>Shape: each architecture has a section of its own with its own return, so that conditional jumps, which reach 255
 * instructions at most, stay within at most 8, and the way into the filter is an unconditional jump of 32 bits.
 * <pre>
 *         load arch
 *         arch == X?            no: next section
 *         load number
 *         number > newest(X)?   yes: return ENOSYS
 *         jump to the filter
 *         return ENOSYS
 *         ...next section...
 *         filter
 * </pre>
 */
final class EnosysPrologue
{
    private static final int ANSWER = new Action(SeccompAction.ERRNO, Action.ENOSYS).code();
    private static final int ARM_PRIVATE = 0x0f0000;

    /** Set in the number of a system call made by x32 code, which the kernel reports as x86_64. */
    private static final int X32_BIT = 1 << 30;

    /** Stands, as this very object, for the jump into the filter: its distance is known last. */
    private static final Instruction TO_FILTER = jump(0);

    private EnosysPrologue() {}

    static boolean isNeeded(Action defaultAction)
    {
        boolean answersEnosys = defaultAction.kind() == SeccompAction.ERRNO && defaultAction.data() == Action.ENOSYS;
        return !defaultAction.letsPass() && !answersEnosys;
    }

    /**
     * Whether a number takes part in "the greatest the profile names". 0 does not, as in other runtimes: a profile that
     * names only {@code read} on x86_64 says nothing of age.
     */
    static boolean counts(SeccompArch architecture, int number)
    {
        return number > 0 && !(architecture == SeccompArch.ARM && number >= ARM_PRIVATE);
    }

    /**
     * The instructions to put before the filter; empty when no architecture has a newest number.
     *
     * @param newest greatest number named, per architecture, x32 with bit 30 set; in the order in which to test, so the
     *         native architecture should come first
     */
    static List<Instruction> instructions(Map<SeccompArch, Integer> newest)
    {
        Map<Integer, List<Instruction>> sections = new LinkedHashMap<>();
        for (SeccompArch architecture : newest.keySet()) {
            sections.computeIfAbsent(auditArch(architecture), arch -> section(architecture, newest));
        }
        if (sections.isEmpty()) {
            return List.of();
        }
        List<Instruction> all = new ArrayList<>();
        all.add(load(Bpf.ARCH_OFFSET));
        sections.forEach((arch, section) -> {
            all.add(test(Bpf.JUMP_EQUAL, arch, 0, section.size()));
            all.addAll(section);
        });
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) == TO_FILTER) {
                all.set(i, jump(all.size() - i - 1));
            }
        }
        return all;
    }

    /** What struct seccomp_data.arch holds. */
    private static int auditArch(SeccompArch architecture)
    {
        return architecture == SeccompArch.X32 ? SeccompArch.X86_64.token() : architecture.token();
    }

    private static List<Instruction> section(SeccompArch architecture, Map<SeccompArch, Integer> newest)
    {
        List<Instruction> section = new ArrayList<>();
        section.add(load(Bpf.NUMBER_OFFSET));
        switch (architecture) {
            case X86_64, X32 -> {
                // Each test ends either in the last two instructions or falls to the jump into the filter.
                section.add(test(Bpf.JUMP_ANY_BIT, X32_BIT, 2, 0));
                section.add(greater(newest, SeccompArch.X86_64, 3));
                section.add(TO_FILTER);
                section.add(greater(newest, SeccompArch.X32, 1));
            }
            case S390, S390X -> {
                section.add(test(Bpf.JUMP_EQUAL, 0, 2, 0));
                section.add(greater(newest, architecture, 1));
            }
            case ARM -> {
                section.add(test(Bpf.JUMP_GREATER_OR_EQUAL, ARM_PRIVATE, 1, 0));
                section.add(greater(newest, architecture, 1));
            }
            default -> section.add(greater(newest, architecture, 1));
        }
        section.add(TO_FILTER);
        section.add(answer(ANSWER));
        return section;
    }

    /** Skips {@code distance} instructions for a number above the newest; never, when the profile names nothing there. */
    private static Instruction greater(Map<SeccompArch, Integer> newest, SeccompArch architecture, int distance)
    {
        return newest.containsKey(architecture)
                ? test(Bpf.JUMP_GREATER, newest.get(architecture), distance, 0)
                : jump(0);
    }
}
