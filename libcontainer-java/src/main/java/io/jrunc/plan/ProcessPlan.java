package io.jrunc.plan;

import io.jrunc.spec.Capabilities;
import io.jrunc.spec.Capability;
import io.jrunc.spec.ContainerProcess;
import io.jrunc.spec.Linux;
import io.jrunc.spec.MemoryPolicy;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Rlimit;
import io.jrunc.spec.Scheduler;
import io.jrunc.spec.Seccomp;
import io.jrunc.spec.SpecValidator;
import io.jrunc.spec.User;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What makes a process the one that the bundle describes: session, scheduling, confinement, user, program. The same for the
 * container's first process and for one that exec adds.
 */
final class ProcessPlan
{
    /** Permission bits of a keyring, keyctl(2): search for its owner, search for others. */
    private static final long KEY_USER_SEARCH = 0x00080000;
    private static final long KEY_OTHER_SEARCH = 0x00000008;
    private static final long KEY_KEEP_ALL = 0xffffffffL;
    private static final long PASSWD_LIMIT = 1024 * 1024;
    private static final byte[] EVERY_CPU = {};

    private final Request request;
    private final ContainerProcess process;
    private final Linux linux;

    /** @param process the container's first, or another one with the saved settings of its container */
    ProcessPlan(Request request, ContainerProcess process)
    {
        this.request = request;
        this.process = process;
        this.linux = request.linux();
    }

    /** What is decided before any step, as it needs the host's facts. */
    void check(Draft draft)
    {
        if (process.apparmorProfile().isPresent() && !request.facts().apparmor()) {
            draft.problem("process.apparmorProfile", "apparmor profile is specified in config, but apparmor is disabled or not supported");
        }
        if (process.selinuxLabel().isPresent() && !request.facts().selinux()) {
            draft.problem("process.selinuxLabel", "selinux label is specified in config, but selinux is disabled or not supported");
        }
        if (request.rootless() && !process.user().additionalGids().isEmpty()) {
            draft.problem("process.user.additionalGids", "cannot set any additional groups in a rootless container");
        }
        if (linux.has(NamespaceType.USER) && !request.uids().isEmpty()) {
            SpecValidator.userProblems("process.user", process.user(), request.uids(), request.gids())
                    .forEach(problem -> draft.problem(problem.path(), problem.message()));
        }
        process.capabilities().map(this::unavailable).filter(names -> !names.isEmpty())
                .ifPresent(names -> draft.warn("ignoring unknown or unavailable capabilities: " + names));
    }

    /** @param first true = the keyring is made by this process; false = the container's first one made it */
    void session(Draft draft, boolean first)
    {
        draft.step(new NamespaceStep.Setsid(), "leads a session of its own, with or without a terminal");
        process.selinuxLabel().ifPresent(label -> draft.step(new ProcessStep.AttrExec("selinux-key", label),
                "for keyrings made from here on", "process.selinuxLabel"));
        if (!request.options().noNewKeyring()) {
            long search = linux.has(NamespaceType.USER) ? KEY_OTHER_SEARCH : KEY_USER_SEARCH;
            draft.step(new ProcessStep.Keyring("_ses." + request.options().id(), first ? search : 0, KEY_KEEP_ALL),
                    "the container sees no key of its caller");
        }
    }

    /** The runtime's own CPU mask must not become the container's. */
    void everyCpu(Draft draft)
    {
        draft.step(new ProcessStep.Affinity(EVERY_CPU), "every CPU that its cpuset allows, whatever the caller was bound to");
    }

    void profile(Draft draft)
    {
        process.apparmorProfile().ifPresent(profile -> draft.step(new ProcessStep.AttrExec("apparmor", "exec " + profile),
                "queued for exec; before sysctls, and verified to be procfs", "process.apparmorProfile"));
    }

    /** Settings of the kernel for this process that need privileges, so before they go. */
    void settings(Draft draft)
    {
        if (process.noNewPrivileges()) {
            draft.step(new ProcessStep.Nnp(), "before the filter, which it lets an unprivileged process load", "process.noNewPrivileges");
        }
        process.scheduler().ifPresent(scheduler -> draft.step(step(scheduler), "needs privileges", "process.scheduler"));
        process.ioPriority().ifPresent(priority -> draft.step(new ProcessStep.Ioprio(priority.kernelValue()), "needs privileges",
                "process.ioPriority"));
        linux.memoryPolicy().ifPresent(policy -> draft.step(step(policy), "asked for by the bundle", "linux.memoryPolicy"));
        linux.personality().ifPresent(personality -> draft.step(new ProcessStep.Personality(personality.domain().number()),
                "before the filter, which may forbid it", "linux.personality"));
    }

    /** Where the container's own files are all in place. */
    void home(Draft draft)
    {
        if (environment(Map.of()).homeOf().isPresent()) {
            draft.step(new ProcessStep.ReadFile("/etc/passwd", PASSWD_LIMIT), "HOME of the user, as the bundle gives none", "process.env");
        }
    }

    /**
     * Becoming the user. The filter comes before the capabilities go unless no_new_privs allows to load it at the very end; whatever
     * needs no privilege but a system call is done before it.
     */
    void credentials(Draft draft)
    {
        User user = process.user();
        Environment environment = environment(Map.of());
        draft.step(new ProcessStep.ChownStdio(user.uid()), "the user can reopen his streams", "process.user.uid");
        draft.step(new ProcessStep.ChdirIn(process.cwd(), true), "first try, as root: perhaps the user may not", "process.cwd");
        process.selinuxLabel().ifPresent(label -> draft.step(new ProcessStep.AttrExec("selinux", label), "queued for exec",
                "process.selinuxLabel"));
        if (linux.seccomp().isPresent() && !process.noNewPrivileges()) {
            words(draft);
            filter(draft, "while CAP_SYS_ADMIN is there: nothing else may load a filter without no_new_privs");
        }
        process.capabilities().ifPresent(sets -> draft.step(new ProcessStep.Bounding(mask(sets.bounding())),
                "before the user changes, which takes CAP_SETPCAP away", "process.capabilities.bounding"));
        draft.step(new ProcessStep.Credentials(user.uid(), user.gid(), groups(user), process.capabilities().isPresent()),
                "groups, then gid, then uid: each needs what the next one drops", "process.user");
        draft.step(new ProcessStep.ChdirIn(process.cwd(), false), "second try, as the user: perhaps root may not", "process.cwd");
        draft.step(new ProcessStep.CheckCwd(), "a directory of the host reached through a leaked descriptor ends here", "process.cwd");
        process.capabilities().ifPresent(sets -> {
            draft.step(new ProcessStep.Capabilities(mask(sets.effective()), mask(sets.permitted()), mask(sets.inheritable())),
                    "last, nothing more needs a privilege", "process.capabilities");
            if (mask(sets.ambient()) != 0) {
                draft.step(new ProcessStep.Ambient(mask(sets.ambient())), "each needs to be permitted and inheritable: one that the kernel refuses is a warning",
                        "process.capabilities.ambient");
            }
        });
        draft.step(new ProcessStep.FindProgram(process.args().getFirst(), environment.value("PATH").orElse("")),
                "as the user, so that a missing program is an error now; without a PATH only a path will do", "process.args[0]");
        if (linux.seccomp().isPresent() && process.noNewPrivileges() && notifies()) {
            words(draft);
            filter(draft, "the agent's descriptor must be handed over while the engine is there");
        }
    }

    /**
     * The very end of the batch that runs the program.
     *
     * @param filtered {@link #lateFilter} came already
     */
    void run(Draft draft, boolean filtered)
    {
        draft.step(new EndStep.Announce(), "from here only the exec itself can fail");
        if (!filtered) {
            lateFilter(draft, "as late as can be: no call of ours needs to be allowed but exec", false);
        }
        draft.work(new EngineStep.ExecProgram(), "the user's program", "process.args");
    }

    private static void words(Draft draft)
    {
        draft.work(new EngineStep.SendWords(), "before the filter: it may forbid to receive more than a small frame", "process.args");
    }

    /**
     * The filter that no_new_privs lets everybody load, so that it can come last.
     *
     * @param others the exec is not all that follows, and may come in another frame
     */
    void lateFilter(Draft draft, String why, boolean others)
    {
        if (filtersLate(linux, process)) {
            if (others) {
                words(draft);
            }
            filter(draft, why);
        }
    }

    static boolean filtersLate(Linux linux, ContainerProcess process)
    {
        return linux.seccomp().isPresent() && process.noNewPrivileges() && linux.seccomp().filter(Seccomp::notifies).isEmpty();
    }

    /**
     * By the process itself, in the batch under way, where it has all that the engine has; in a user namespace from outside, as a raise
     * needs the host's privileges.
     */
    void limits(Draft draft)
    {
        if (!request.inUserNamespace()) {
            for (int i = 0; i < process.rlimits().size(); i++) {
                Rlimit limit = process.rlimits().get(i);
                draft.step(new ProcessStep.Rlimit(limit.type().number(), limit.soft(), limit.hard()), "asked for by the bundle", "process.rlimits[" + i + "]");
            }
        }
        else if (!process.rlimits().isEmpty()) {
            draft.work(new EngineStep.SetRlimits(process.rlimits()),
                    "from outside, while it has our ids still: of others only CAP_SYS_RESOURCE may change limits", "process.rlimits");
        }
    }

    Environment environment(Map<String, String> own)
    {
        return Environment.of(process, own);
    }

    private void filter(Draft draft, String why)
    {
        draft.work(new EngineStep.LoadSeccomp(), why, "linux.seccomp");
        if (notifies()) {
            draft.work(new EngineStep.SendListener(), "at once: from now on any call, our own too, may wait for the agent",
                    "linux.seccomp.listenerPath");
        }
    }

    private boolean notifies()
    {
        return linux.seccomp().filter(Seccomp::notifies).isPresent();
    }

    /** {@code "-"} leaves the groups alone, where the kernel lets nobody change them. */
    private String groups(User user)
    {
        if (request.rootless() || request.facts().setgroupsDenied()) {
            return "-";
        }
        return user.additionalGids().stream().map(gid -> Long.toString(gid)).collect(Collectors.joining(","));
    }

    private long mask(List<String> words)
    {
        return Capability.mask(words, request.facts().lastCapability());
    }

    private List<String> unavailable(Capabilities sets)
    {
        List<String> words = new ArrayList<>();
        List.of(sets.bounding(), sets.effective(), sets.inheritable(), sets.permitted(), sets.ambient()).forEach(words::addAll);
        return List.copyOf(new TreeSet<>(Capability.unavailable(words, request.facts().lastCapability())));
    }

    private static ProcessStep.Scheduler step(Scheduler scheduler)
    {
        return new ProcessStep.Scheduler(scheduler.policy().number(), scheduler.flagBits(), scheduler.nice(), scheduler.priority(),
                scheduler.runtime(), scheduler.deadline(), scheduler.period());
    }

    private static ProcessStep.Mempolicy step(MemoryPolicy policy)
    {
        return new ProcessStep.Mempolicy(policy.kernelMode(), policy.nodes().map(nodes -> nodes.mask()).orElse(new byte[0]));
    }
}
