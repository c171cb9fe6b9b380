package io.jrunc.lifecycle;

import static io.jrunc.error.Errno.EBUSY;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.error.Diagnosis;
import io.jrunc.error.StepException;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.ProcessStep;
import io.jrunc.spec.Linux;
import io.jrunc.spec.SchedulerPolicy;
import io.jrunc.spec.SpecParser;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import org.junit.jupiter.api.Test;

class ExplanationTest
{
    private static final String FREE = "{}";
    private static final String BOUND = "{\"resources\": {\"cpu\": {\"cpus\": \"0\"}}}";

    private static StepException scheduler(SchedulerPolicy policy, int errno, String linux, boolean noRealtime)
    {
        StepException raw = new StepException("sched_setattr: the kernel's words", "scheduler", 3, "sched_setattr", errno, "", "", Diagnosis.NONE);
        PlannedStep origin = new PlannedStep(new ProcessStep.Scheduler(policy.number(), 0, 0, 1, 0, 0, 0), "needs privileges", Optional.of("process.scheduler"));
        return Explanation.of(raw, origin, container(linux), () -> noRealtime);
    }

    private static Linux container(String linux)
    {
        String config = """
                {"ociVersion": "1.3.0", "root": {"path": "rootfs"}, "process": {"cwd": "/", "args": ["true"]}, "linux": %s}""".formatted(linux);
        return SpecParser.parse(config.getBytes(StandardCharsets.UTF_8)).linux();
    }

    @Test
    void aProfileThatIsNotLoadedIsNamed()
    {
        StepException raw = new StepException("write: the kernel's words", "attr_exec", 3, "write", ENOENT, "", "", Diagnosis.NONE);
        StepException told = Explanation.of(raw, new PlannedStep(new ProcessStep.AttrExec("apparmor", "exec web"), "queued for exec", Optional.of("process.apparmorProfile")),
                container(FREE), () -> false);
        assertThat(told).hasMessage("process.apparmorProfile: unable to apply apparmor profile \"web\": apparmor failed to apply profile: write: the kernel's words");
        assertThat(told.diagnosis().fix().orElseThrow()).contains("apparmor_parser");
    }

    @Test
    void aDeadlineAndACpusetExcludeEachOther()
    {
        StepException told = scheduler(SchedulerPolicy.DEADLINE, EPERM, BOUND, true);
        assertThat(told).hasMessageStartingWith("process.scheduler: process scheduler can't be used together with AllowedCPUs");
        assertThat(told.diagnosis().cause()).as("it is not for want of privileges").isEmpty();
        assertThat(scheduler(SchedulerPolicy.DEADLINE, EBUSY, BOUND, false)).hasMessage("process.scheduler: cannot set SCHED_DEADLINE: sched_setattr: the kernel's words");
        assertThat(scheduler(SchedulerPolicy.DEADLINE, EPERM, FREE, false)).hasMessage("process.scheduler: cannot set SCHED_DEADLINE: sched_setattr: the kernel's words");
    }

    @Test
    void aRealTimePolicyNeedsTimeInItsCgroup()
    {
        for (SchedulerPolicy policy : new SchedulerPolicy[] {SchedulerPolicy.FIFO, SchedulerPolicy.RR}) {
            StepException told = scheduler(policy, EPERM, BOUND, true);
            assertThat(told).hasMessageContaining("cpu.rt_runtime_us is 0").hasMessageEndingWith("set linux.resources.cpu.realtimeRuntime");
            assertThat(told.diagnosis().cause()).isEmpty();
        }
        StepException unprivileged = scheduler(SchedulerPolicy.RR, EPERM, BOUND, false);
        assertThat(unprivileged).hasMessage("process.scheduler: cannot set SCHED_RR: sched_setattr: the kernel's words");
        assertThat(unprivileged.diagnosis().cause().orElseThrow()).contains("missing privileges");
        assertThat(scheduler(SchedulerPolicy.OTHER, EPERM, FREE, true)).hasMessageContaining("cannot set SCHED_OTHER");
    }
}
