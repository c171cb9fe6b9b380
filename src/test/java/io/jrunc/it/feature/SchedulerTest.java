package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The policies of {@code process.scheduler} that take time from everybody else. Source: OCI config.md#linux-process. */
@ExtendWith(JruncExtension.class)
class SchedulerTest
{
    /** Without a child: one of a deadline process may not be. Says policy and priority. */
    private static final String TELL = "read -r stat </proc/self/stat; set -- $stat; echo ${41} ${40}";

    /** Kernels with real-time group scheduling give a cgroup of version 1 none until it is told. */
    private static boolean countsRealtime()
    {
        return Files.exists(Path.of("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"));
    }

    private static Bundle realtime(Bundle bundle, String policy, int priority)
    {
        bundle.edit("/process/scheduler", scheduler -> scheduler.put("policy", policy).put("priority", priority));
        return bundle.edit("/linux/resources/cpu", cpu -> cpu.put("realtimeRuntime", 20000).put("realtimePeriod", 500000));
    }

    private static Bundle deadline(Bundle bundle)
    {
        bundle.edit("/process/scheduler", scheduler -> scheduler.put("policy", "SCHED_DEADLINE").put("runtime", 2000000).put("deadline", 6000000).put("period", 9000000));
        return bundle;
    }

    @Test
    void firstInFirstOutAndAnExecInTurns(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("fifo");
        int pid = jrunc.runDetached(id, realtime(bundle, "SCHED_FIFO", 11).process("sleep", "1000"));
        assertThat(Host.capture("chrt", "-p", Integer.toString(pid))).contains("policy: SCHED_FIFO\n", "priority: 11\n");
        if (countsRealtime()) {
            String cgroup = Host.cgroups(id).stream().filter(path -> Files.exists(Path.of(path, "cpu.rt_runtime_us"))).findFirst().orElseThrow();
            assertThat(Host.read(cgroup + "/cpu.rt_runtime_us")).isEqualTo("20000\n");
            assertThat(Host.read(cgroup + "/cpu.rt_period_us")).isEqualTo("500000\n");
        }
        Path file = Files.writeString(jrunc.folder().resolve("process.json"),
                "{\"args\": [\"sh\", \"-c\", \"%s\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], \"scheduler\": {\"policy\": \"SCHED_RR\", \"priority\": 7}}".formatted(TELL));
        assertThat(jrunc.run("exec", "--process", file.toString(), id).expectSuccess().out()).isEqualTo("2 7\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void inTurnsAndByDeadline(Jrunc jrunc, Bundle bundle)
    {
        assertThat(jrunc.runBundle(jrunc.id("rr"), realtime(bundle, "SCHED_RR", 5).shell(TELL)).expectSuccess().out()).isEqualTo("2 5\n");
        String id = jrunc.id("deadline");
        int pid = jrunc.runDetached(id, deadline(jrunc.bundle()).process("sleep", "1000"));
        assertThat(Host.capture("chrt", "-p", Integer.toString(pid))).contains("policy: SCHED_DEADLINE\n", "2000000/6000000/9000000\n");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aRealTimePolicyWithoutTimeForItSaysWhatToSet(Jrunc jrunc, Bundle bundle)
    {
        assumeTrue(countsRealtime(), "needs cgroup v1 and a kernel with real-time group scheduling");
        realtime(bundle, "SCHED_FIFO", 11).edit("/linux/resources", resources -> resources.remove("cpu"));
        Outcome refused = jrunc.runBundle(jrunc.id("none"), bundle.process("true")).expectExit(1);
        refused.expectFailure("process.scheduler: a real-time policy is refused in a cgroup without time for one (cpu.rt_runtime_us is 0); set linux.resources.cpu.realtimeRuntime");
        assertThat(refused.err()).doesNotContain("missing privileges");
        // A group can have no more than the one above it, and that one is new.
        realtime(bundle, "SCHED_FIFO", 11).edit("/linux", linux -> linux.put("cgroupsPath", "/" + jrunc.id("above") + "/below"));
        jrunc.runBundle(jrunc.id("more"), bundle).expectExit(1).expectFailure("linux.resources.cpu.realtimeRuntime: failed to write ", "the cgroup above");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aDeadlineProcessMustBeAllowedOnEveryCpu(Jrunc jrunc, Bundle bundle)
    {
        assumeTrue(Host.hasController("cpuset") && Runtime.getRuntime().availableProcessors() > 1, "needs the cgroup controller cpuset and two CPUs");
        deadline(bundle).edit("/linux/resources/cpu", cpu -> cpu.put("cpus", "0"));
        jrunc.runBundle(jrunc.id("bound"), bundle.process("true")).expectExit(1).expectFailure("process.scheduler: process scheduler can't be used together with AllowedCPUs");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
