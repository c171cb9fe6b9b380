package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JruncExtension.class)
class UpdateTest
{
    private static String created(Jrunc jrunc, Bundle bundle, String name)
    {
        assumeTrue(Host.hasController("pids"), "needs the cgroup controller pids");
        String id = jrunc.id(name);
        jrunc.create(id, bundle.process("sleep", "1000").edit("/linux/resources/pids", pids -> pids.put("limit", 20)));
        return id;
    }

    private static String value(String id, String file) throws IOException
    {
        for (String cgroup : Host.cgroups(id)) {
            if (Files.exists(Path.of(cgroup, file))) {
                return Files.readString(Path.of(cgroup, file)).strip();
            }
        }
        throw new AssertionError("no " + file + " in any cgroup of " + id);
    }

    @Test
    void optionsChangeWhatTheyName(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = created(jrunc, bundle, "options");
        assertThat(value(id, "pids.max")).isEqualTo("20");
        jrunc.run("update", "--pids-limit", "33", id).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("33");
        jrunc.run("update", "--pids-limit", "-1", id).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("max");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFileOrStandardInputHasTheFormOfTheConfiguration(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = created(jrunc, bundle, "file");
        Path file = Files.writeString(jrunc.folder().resolve("limits.json"), "{\"pids\": {\"limit\": 44}}");
        jrunc.run("update", "--resources", file.toString(), id).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("44");

        Running update = jrunc.start("update", "-r", "-", id);
        update.stdin().write("{\"pids\": {\"limit\": 55}}".getBytes(StandardCharsets.UTF_8));
        update.stdin().close();
        update.await(Duration.ofSeconds(20)).expectSuccess();
        assertThat(value(id, "pids.max")).isEqualTo("55");
        jrunc.run("delete", "--force", id).expectSuccess();
    }

    @Test
    void whatIsWrongIsSaidAndChangesNothing(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = created(jrunc, bundle, "wrong");
        jrunc.run("update", "--memory", "lots", id).expectFailure("invalid value for memory: ");
        Path file = Files.writeString(jrunc.folder().resolve("limits.json"), "{\"pids\": {\"limit\": \"many\"}}");
        jrunc.run("update", "-r", file.toString(), id).expectFailure("pids.limit");
        jrunc.run("update", "--pids-limit", "30", "--l3-cache-schema", "L3:0=f", id).expectFailure("was made without linux.intelRdt");
        jrunc.run("update", "--pids-limit", "30", "--mem-bw-schema", "MB:0=50", id).expectFailure("was made without linux.intelRdt");
        assertThat(value(id, "pids.max")).isEqualTo("20");
        jrunc.run("delete", "--force", id).expectSuccess();
        jrunc.run("update", "--pids-limit", "3", id).expectFailure("container does not exist");
    }

    @Test
    void eachOptionHasItsFile(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeVersion1();
        String id = created(jrunc, bundle, "each");
        jrunc.run("update", "--cpu-period", "50000", "--cpu-quota", "20000", "--cpu-burst", "10000", "--cpu-share", "512", "--cpuset-cpus", "0", "--cpuset-mems", "0",
                "--memory", "64m", "--memory-reservation", "32MiB", "--memory-swap", "128M", "--pids-limit", "33", "--blkio-weight", "300", "--kernel-memory", "1g", id).expectSuccess();
        assertThat(value(id, "cpu.cfs_period_us")).isEqualTo("50000");
        assertThat(value(id, "cpu.cfs_quota_us")).isEqualTo("20000");
        assertThat(value(id, "cpu.cfs_burst_us")).isEqualTo("10000");
        assertThat(value(id, "cpu.shares")).isEqualTo("512");
        assertThat(value(id, "cpuset.cpus")).isEqualTo("0");
        assertThat(value(id, "cpuset.mems")).isEqualTo("0");
        assertThat(value(id, "memory.limit_in_bytes")).isEqualTo(Long.toString(64 << 20));
        assertThat(value(id, "memory.soft_limit_in_bytes")).isEqualTo(Long.toString(32 << 20));
        assertThat(value(id, "memory.memsw.limit_in_bytes")).isEqualTo(Long.toString(128 << 20));
        assertThat(value(id, "pids.max")).isEqualTo("33");
        assertThat(value(id, "blkio.bfq.weight")).isEqualTo("300");

        String unlimited = Files.readString(Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes")).strip();
        jrunc.run("update", "--memory", "-1", "--memory-swap", "-1", "--memory-reservation", "-1", "--cpu-idle", "1", id).expectSuccess();
        assertThat(value(id, "memory.memsw.limit_in_bytes")).isEqualTo(unlimited);
        assertThat(value(id, "memory.limit_in_bytes")).isEqualTo(unlimited);
        assertThat(value(id, "memory.soft_limit_in_bytes")).isEqualTo(unlimited);
        assertThat(value(id, "cpu.idle")).isEqualTo("1");
        assertThat(value(id, "pids.max")).as("what is not named stays").isEqualTo("33");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void realTimeHasItsOptions(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeTrue(Files.exists(Path.of("/sys/fs/cgroup/cpu/cpu.rt_runtime_us")), "needs cgroup v1 with real-time group scheduling");
        assumeTrue(Host.capture("sh", "-c", "sed -n 's/^[^:]*:[^:]*cpu[,:]//p' /proc/self/cgroup | tail -n 1").contains("/\n"), "needs a caller in the top group, whose time can be given away");
        String id = created(jrunc, bundle, "realtime");
        assertThat(value(id, "cpu.rt_runtime_us")).isEqualTo("0");
        jrunc.run("update", "--cpu-rt-period", "500000", "--cpu-rt-runtime", "20000", id).expectSuccess();
        assertThat(value(id, "cpu.rt_period_us")).isEqualTo("500000");
        assertThat(value(id, "cpu.rt_runtime_us")).isEqualTo("20000");
        jrunc.run("update", "--cpu-rt-runtime", "10000", id).expectSuccess();
        assertThat(value(id, "cpu.rt_period_us")).isEqualTo("500000");
        assertThat(value(id, "cpu.rt_runtime_us")).isEqualTo("10000");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFileMayHaveAllThatTheConfigurationHas(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeVersion1();
        String id = created(jrunc, bundle, "whole");
        Path file = Files.writeString(jrunc.folder().resolve("limits.json"), """
                {"memory": {"limit": 67108864, "reservation": 33554432, "swap": 134217728, "checkBeforeUpdate": true},
                 "cpu": {"shares": 100, "quota": 20000, "period": 50000, "cpus": "0", "idle": 1},
                 "blockIO": {"weight": 400, "throttleReadBpsDevice": [{"major": 254, "minor": 0, "rate": 1000}, {"major": 254, "minor": 0, "rate": 1048576}]},
                 "pids": {"limit": 44}}""");
        // The options beside it mean nothing.
        jrunc.run("update", "--resources", file.toString(), "--pids-limit", "99", "--memory", "16m", id).expectSuccess();
        assertThat(value(id, "memory.limit_in_bytes")).isEqualTo("67108864");
        assertThat(value(id, "memory.soft_limit_in_bytes")).isEqualTo("33554432");
        assertThat(value(id, "memory.memsw.limit_in_bytes")).isEqualTo("134217728");
        assertThat(value(id, "cpu.cfs_quota_us")).isEqualTo("20000");
        assertThat(value(id, "cpu.idle")).isEqualTo("1");
        assertThat(value(id, "cpuset.cpus")).isEqualTo("0");
        assertThat(value(id, "blkio.bfq.weight")).isEqualTo("400");
        assertThat(value(id, "pids.max")).isEqualTo("44");
        if (Files.exists(Path.of("/sys/dev/block/254:0"))) {
            assertThat(value(id, "blkio.throttle.read_bps_device")).isEqualTo("254:0 1048576");
        }
        Path less = Files.writeString(jrunc.folder().resolve("less.json"), "{\"memory\": {\"limit\": 4096, \"checkBeforeUpdate\": true}}");
        jrunc.run("update", "-r", less.toString(), id).expectExit(1).expectFailure("rejecting memory limit 4096");
        Path unified = Files.writeString(jrunc.folder().resolve("unified.json"), "{\"unified\": {\"memory.high\": \"1\"}}");
        jrunc.run("update", "-r", unified.toString(), id).expectExit(1).expectFailure("cannot use unified on cgroup v1");
        assertThat(value(id, "memory.limit_in_bytes")).isEqualTo("67108864");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aRefusedLimitTakesBackThoseBeforeIt(Jrunc jrunc, Bundle bundle) throws IOException
    {
        assumeVersion1();
        String id = created(jrunc, bundle, "back");
        jrunc.run("update", "--memory", "64m", "--cpu-share", "512", id).expectSuccess();
        // Memory comes before the CPU, whose period the kernel does not take.
        jrunc.run("update", "--memory", "32m", "--cpu-share", "100", "--cpu-period", "5", "--pids-limit", "7", id).expectExit(1).expectFailure("cpu.cfs_period_us");
        assertThat(value(id, "memory.limit_in_bytes")).isEqualTo(Long.toString(64 << 20));
        assertThat(value(id, "cpu.shares")).isEqualTo("512");
        assertThat(value(id, "pids.max")).isEqualTo("20");
        // What was refused is not remembered, what was accepted is.
        jrunc.run("update", "--pids-limit", "30", id).expectSuccess();
        assertThat(value(id, "memory.limit_in_bytes")).isEqualTo(Long.toString(64 << 20));
        assertThat(value(id, "pids.max")).isEqualTo("30");
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static void assumeVersion1()
    {
        for (String controller : new String[] {"memory", "cpu", "cpuset", "pids", "blkio"}) {
            assumeTrue(Files.isDirectory(Path.of("/sys/fs/cgroup", controller)), "needs the controller " + controller + " of cgroup v1");
        }
    }

    @Test
    void aStoppedContainerHasNoLimitsToChange(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("stopped");
        jrunc.create(id, bundle.process("true"));
        jrunc.run("start", id).expectSuccess();
        jrunc.awaitStatus(id, "stopped");
        jrunc.run("update", "--pids-limit", "3", id).expectFailure("container not running");
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
