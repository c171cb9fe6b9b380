package io.jrunc.lifecycle;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.EISDIR;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EPERM;

import io.jrunc.channel.DeadlineException;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.Errno;
import io.jrunc.error.HostException;
import io.jrunc.error.StepException;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.NamespaceStep;
import io.jrunc.plan.Party;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.ProcessStep;
import io.jrunc.plan.RootfsStep;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.Linux;
import io.jrunc.spec.Resources;
import io.jrunc.spec.Rlimit;
import io.jrunc.spec.SchedulerPolicy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A failure packet of the shim in the user's words. The first line has what managers look for: the program's name, the errno's
 * text, {@code executable file not found in $PATH}, {@code not a directory}.
 */
final class Explanation
{
    /** Descriptors to keep come after the three streams. */
    private static final int FIRST_KEPT = 3;

    private Explanation() {}

    /**
     * @param container what the process was to be part of
     * @param noRealtime its cgroup has no real-time bandwidth; asked only where that matters
     */
    static StepException of(StepException raw, PlannedStep origin, Linux container, BooleanSupplier noRealtime)
    {
        String place = origin.jsonPath().map(path -> path + ": ").orElse("");
        Optional<String> refusal = schedulerRefusal(raw, origin, container, noRealtime);
        String message = switch (origin.step()) {
            case ProcessStep.FindProgram(String name, String path) -> program(raw, name);
            case RootfsStep.MountFs mount -> mounting(mount.source(), mount.target(), raw, origin.jsonPath());
            case RootfsStep.MountTree mount -> mounting(raw.object().isEmpty() ? "the source" : raw.object(), mount.target(), raw, origin.jsonPath());
            case RootfsStep.MountInner mount -> mounting(mount.source(), mount.target(), raw, origin.jsonPath());
            case LauncherStep.Clone clone when raw.call().equals("fstat") -> "unable to stat preserved-fd " + (Integer.parseInt(raw.object()) - FIRST_KEPT)
                    + " (of " + clone.keep() + "): " + Errno.text(raw.errno());
            case NamespaceStep.JoinCgroup join -> "error adding the process to cgroups: failed to write \"0\" to tasks: " + Errno.text(raw.errno());
            case ProcessStep.Scheduler scheduler -> place + scheduler(raw, scheduler, refusal);
            case ProcessStep.AttrExec(String module, String label) when module.equals("apparmor") -> place
                    + "unable to apply apparmor profile \"" + label.substring(label.indexOf(' ') + 1) + "\": apparmor failed to apply profile: " + raw.getMessage();
            case ProcessStep.Rlimit limit -> place + "cannot set " + Rlimit.text(limit.resource(), limit.soft(), limit.hard()) + ": " + raw.getMessage();
            case ProcessStep.Credentials user -> place + credentials(raw, user);
            case ProcessStep.ChdirIn(String directory, boolean ignored) -> place + "chdir to cwd (\"" + directory + "\") set in config.json failed: " + Errno.text(raw.errno());
            case ProcessStep.CheckCwd() -> place + "current working directory is outside of container mount namespace root -- possible container breakout detected";
            default -> place + raw.getMessage() + " (in step \"" + raw.step() + "\")";
        };
        Diagnosis diagnosis = Diagnosis.NONE.withDuring("step \"" + raw.step() + "\" (" + origin.why() + "): " + raw.getMessage());
        return raw.explained(message, refusal.isPresent() ? diagnosis : fix(raw, origin, diagnosis));
    }

    /**
     * @param steps what was not answered; empty = the exec, which is answered by none
     * @param doing the init's name, which is that of the step it is in
     */
    static HostException late(Party party, List<PlannedStep> steps, Optional<String> doing, Duration patience, DeadlineException cause)
    {
        String names = steps.stream().map(step -> step.step().op().wireName()).distinct().collect(Collectors.joining(", "));
        if (party == Party.LAUNCHER) {
            return new HostException("jrunc's launcher did not answer within " + patience.toSeconds() + " s (" + names + ")", cause);
        }
        Optional<PlannedStep> step = steps.stream().filter(each -> doing.equals(Optional.of(each.step().op().wireName()))).findFirst();
        String where = doing.map(name -> " in step \"" + name + "\"").orElse("");
        return new HostException("the container's init hangs" + where + ": no answer within " + patience.toSeconds() + " s",
                step.map(each -> Diagnosis.NONE.withDuring("step \"" + each.step().op().wireName() + "\" (" + each.why() + ")")).orElse(Diagnosis.NONE), cause);
    }

    private static String program(StepException raw, String name)
    {
        boolean searched = name.indexOf('/') < 0;
        if (searched && raw.errno() == ENOENT) {
            return "exec: \"" + name + "\": executable file not found in $PATH";
        }
        return "exec: \"" + name + "\": " + (raw.errno() == ENOENT ? "stat " + name + ": " : "") + (raw.errno() == EISDIR ? "is a directory" : Errno.text(raw.errno()));
    }

    private static String mounting(String source, String target, StepException raw, Optional<String> place)
    {
        String detail = raw.detail().isEmpty() ? "" : " (" + raw.detail().strip() + ")";
        return switch (raw.detail()) {
            case "not a plain directory" -> mounting(source, target, "filesystem \"" + target + "\" must be mounted on ordinary directory", place);
            case "inside /proc" -> mounting(source, target, "\"" + target + "\" cannot be mounted because it is inside /proc", place);
            case "target is the root" -> mounting(source, target, "mount destination " + target + " is on the top of rootfs", place);
            default -> mounting(source, target, raw.call() + ": " + Errno.text(raw.errno()) + detail, place);
        };
    }

    /** In runc's words from the beginning, as what looks for them may look for all of them; the place comes last. */
    static String mounting(String source, String target, String why, Optional<String> place)
    {
        return "unable to start container process: error during container init: error mounting \"" + source + "\" to rootfs at \"" + target + "\": " + why
                + place.map(path -> " (" + path + ")").orElse("");
    }

    private static String scheduler(StepException raw, ProcessStep.Scheduler scheduler, Optional<String> refusal)
    {
        String name = Stream.of(SchedulerPolicy.values()).filter(policy -> policy.number() == scheduler.policy()).findFirst().map(SchedulerPolicy::word)
                .orElse("the scheduler");
        return refusal.orElse("cannot set " + name + ": " + raw.getMessage());
    }

    /**
     * The kernel says EPERM of three things: of missing privileges; of a real-time policy in a cgroup without bandwidth for one; of a
     * deadline process that is not allowed on every CPU of its domain.
     *
     * @return empty = neither of the last two
     */
    private static Optional<String> schedulerRefusal(StepException raw, PlannedStep origin, Linux container, BooleanSupplier noRealtime)
    {
        if (raw.errno() != EPERM || !(origin.step() instanceof ProcessStep.Scheduler scheduler)) {
            return Optional.empty();
        }
        boolean bound = container.resources().flatMap(Resources::cpu).flatMap(Cpu::cpus).isPresent();
        if (scheduler.policy() == SchedulerPolicy.DEADLINE.number() && bound) {
            return Optional.of("process scheduler can't be used together with AllowedCPUs: a deadline process must be allowed on every CPU");
        }
        if (realtime(scheduler) && noRealtime.getAsBoolean()) {
            return Optional.of("a real-time policy is refused in a cgroup without time for one (cpu.rt_runtime_us is 0); set linux.resources.cpu.realtimeRuntime");
        }
        return Optional.empty();
    }

    private static boolean realtime(ProcessStep.Scheduler scheduler)
    {
        return scheduler.policy() == SchedulerPolicy.FIFO.number() || scheduler.policy() == SchedulerPolicy.RR.number();
    }

    private static String credentials(StepException raw, ProcessStep.Credentials user)
    {
        if (raw.errno() == EINVAL) {
            return raw.call().contains("gid") || raw.call().contains("groups")
                    ? "cannot setgid to unmapped gid " + user.gid() + " in user namespace"
                    : "cannot setuid to unmapped uid " + user.uid() + " in user namespace";
        }
        return "cannot become uid " + user.uid() + ", gid " + user.gid() + ": " + raw.getMessage();
    }

    private static Diagnosis fix(StepException raw, PlannedStep origin, Diagnosis diagnosis)
    {
        if (origin.step() instanceof ProcessStep.FindProgram && raw.errno() == ENOENT) {
            return diagnosis.withFix("check process.args[0], and PATH in process.env, against what is in the root file system");
        }
        if (origin.step() instanceof ProcessStep.AttrExec && raw.errno() == ENOENT) {
            return diagnosis.withCause("no profile of that name is loaded").withFix("load it: apparmor_parser --replace FILE");
        }
        if (raw.errno() == EPERM || raw.errno() == EACCES) {
            return diagnosis.withCause("probably missing privileges: jrunc's own, or those of the container's user namespace");
        }
        return diagnosis;
    }
}
