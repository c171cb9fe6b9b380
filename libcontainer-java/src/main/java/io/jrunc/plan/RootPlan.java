package io.jrunc.plan;

import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.ConsoleSize;
import io.jrunc.spec.ContainerProcess;
import io.jrunc.spec.HookKind;
import io.jrunc.spec.Linux;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Propagation;
import io.jrunc.spec.Sysctl;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The container's root: taken, made /, closed against change. What lies in it is of {@link MountPlan} and {@link DevicePlan}. */
final class RootPlan
{
    private static final long DIRECTORY_MODE = 0755;
    private static final String PTMX = "/dev/ptmx";

    private final Request request;
    private final Linux linux;
    private final Optional<Propagation> propagation;

    RootPlan(Request request)
    {
        this.request = request;
        this.linux = request.linux();
        this.propagation = linux.rootfsPropagation();
    }

    void check(Draft draft)
    {
        if (request.options().noPivot() && propagation.filter(RootPlan::isPrivate).isPresent()) {
            draft.problem("linux.rootfsPropagation", "rootfsPropagation of [r]private is not safe without pivot_root");
        }
        if (linux.mountLabel().isPresent() && !request.facts().selinux()) {
            draft.problem("linux.mountLabel", "selinux label is specified in config, but selinux is disabled or not supported");
        }
    }

    void take(Draft draft)
    {
        if (!request.ownMounts()) {
            draft.step(new RootfsStep.Rootfs(request.facts().rootfs(), 0), "without a mount namespace of its own: the directory as it is",
                    "root.path");
            return;
        }
        boolean separate = propagation.filter(RootPlan::isPrivate).isPresent();
        draft.step(new RootfsStep.Propagation("", Kernel.MS_REC | (separate ? Kernel.MS_PRIVATE : Kernel.MS_SLAVE)),
                separate ? "as asked: no mount of the host arrives here"
                        : "no mount of ours reaches the host; shared comes later, on the new root",
                propagation.isPresent() ? "linux.rootfsPropagation" : "linux.namespaces");
        draft.step(new RootfsStep.Rootfs(request.facts().rootfs(), Kernel.MS_PRIVATE),
                "bound onto itself, as only a mount can become /; its parent private, or pivot_root refuses", "root.path");
    }

    /** Before the root changes: the pty is found below it, and its /dev/console may lie on a /dev that becomes read-only. */
    void console(Draft draft)
    {
        console(draft, request, request.spec().process(), request.ownMounts());
    }

    /** @param devConsole bind it to /dev/console, too */
    static void console(Draft draft, Request request, ContainerProcess process, boolean devConsole)
    {
        if (!(request.options().stdio() instanceof Stdio.Terminal terminal)) {
            return;
        }
        Optional<ConsoleSize> size = process.consoleSize().filter(ConsoleSize::isSet);
        draft.step(new RootfsStep.Console(size.map(ConsoleSize::height).orElse(terminal.rows()), size.map(ConsoleSize::width)
                .orElse(terminal.columns()),
                process.user().uid(), devConsole), "from the container's own devpts", "process.terminal");
        terminal.socket().ifPresent(socket -> {
            draft.work(new EngineStep.Settle(), "the launcher holds the master now");
            draft.step(new LauncherStep.ConnectSend(socket, PTMX.getBytes(StandardCharsets.UTF_8), Slots.CONSOLE),
                    "the caller's listener gets the terminal", "process.terminal");
        });
    }

    /** A terminal that nobody else got is the caller's. */
    static void relay(Draft draft, Request request)
    {
        if (request.options().stdio() instanceof Stdio.Terminal terminal && terminal.socket().isEmpty()) {
            draft.work(new EngineStep.Settle(), "the launcher holds the master now");
            draft.step(new LauncherStep.RelayTerminal(Slots.CONSOLE, true), "the caller's terminal is the program's from here",
                    "process.terminal");
        }
    }

    void hooks(Draft draft, HookKind kind)
    {
        if (!request.spec().hooks().of(kind).isEmpty()) {
            draft.work(new EngineStep.RunHooks(kind), "asked for by the bundle", "hooks." + kind.word());
        }
    }

    void change(Draft draft)
    {
        PivotMode mode = !request.ownMounts() ? PivotMode.CHROOT : request.options().noPivot() ? PivotMode.MOVE_AND_CHROOT
                : PivotMode.PIVOT_ROOT;
        draft.step(new RootfsStep.PivotRoot(mode), request.ownMounts() ? "the host's tree is gone from here"
                : "without a mount namespace of its own: chroot only", "root.path");
        propagation.filter(_ -> request.ownMounts()).filter(asked -> !isPrivate(asked) && asked != Propagation.RSLAVE
                && asked != Propagation.SLAVE && asked != Propagation.RUNBINDABLE)
                .ifPresent(asked -> draft.step(new RootfsStep.Propagation("", asked.mountFlags()),
                        "on the new root only, or it would change the host", "linux.rootfsPropagation"));
        draft.step(new RootfsStep.ReopenNull(), "a null device of the host would stay open otherwise");
        draft.step(new RootfsStep.Mkdir(request.spec().process().cwd(), DIRECTORY_MODE), "made if missing, while the root can be written",
                "process.cwd");
    }

    void seal(Draft draft, MountPlan mounts)
    {
        if (!request.ownMounts()) {
            if (request.spec().root().readonly()) {
                draft.warn("ignoring root.readonly: without a mount namespace of its own it would change the host");
            }
            return;
        }
        mounts.seal(draft);
        if (request.spec().root().readonly()) {
            draft.step(new RootfsStep.RemountRo("", 0), "last: nothing more is made in it", "root.readonly");
        }
    }

    void names(Draft draft)
    {
        request.spec().hostname().ifPresent(name -> draft.step(new ProcessStep.Hostname(name), "asked for by the bundle", "hostname"));
        request.spec().domainname().ifPresent(name -> draft.step(new ProcessStep.Domainname(name), "asked for by the bundle",
                "domainname"));
        if (linux.creates(NamespaceType.NETWORK)) {
            draft.step(new ProcessStep.LoopbackUp(), "a new network namespace has it down", NamespacePlan.namespacePath(linux,
                    NamespaceType.NETWORK));
        }
    }

    void sysctls(Draft draft)
    {
        linux.sysctl().forEach((key, value) -> draft.step(new ProcessStep.Sysctl(Sysctl.parse(key).file(), value),
                "before paths below /proc become read-only", "linux.sysctl[\"" + key + "\"]"));
    }

    /** Read-only first: a masked path inside a read-only one must end masked. */
    void hide(Draft draft)
    {
        if (!request.ownMounts()) {
            return;
        }
        paths(linux.readonlyPaths()).forEach((path, index) -> draft.step(new RootfsStep.ReadonlyPath(path),
                "bound onto itself; missing is fine", "linux.readonlyPaths[" + index + "]"));
        paths(linux.maskedPaths()).forEach((path, index) -> draft.step(new RootfsStep.MaskPath(path), "covered; missing is fine",
                "linux.maskedPaths[" + index + "]"));
        propagation.filter(asked -> asked == Propagation.RUNBINDABLE).ifPresent(asked -> draft.step(new RootfsStep.Propagation("", asked.mountFlags()),
                "last: hiding a path binds one of these mounts", "linux.rootfsPropagation"));
    }

    private static Map<String, Integer> paths(List<String> wanted)
    {
        Map<String, Integer> paths = new LinkedHashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            paths.putIfAbsent(wanted.get(i), i);
        }
        return paths;
    }

    private static boolean isPrivate(Propagation propagation)
    {
        return propagation == Propagation.PRIVATE || propagation == Propagation.RPRIVATE;
    }
}
