package io.jrunc.cgroup;

import io.jrunc.cgroup.v1.CpuController;
import io.jrunc.cgroup.v1.CpusetController;
import io.jrunc.cgroup.v1.MemoryController;
import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CgroupDirectoryTest
{
    @TempDir
    private Path folder;

    private FakeCgroup cgroup;

    @BeforeEach
    void prepare()
    {
        cgroup = new FakeCgroup(folder.resolve("web"));
    }

    @Test
    void plannedWritesAreCarriedOutInOrder()
    {
        cgroup.with("cpu.max").with("cpu.weight");

        cgroup.open().execute(List.of(CgroupWrite.of("cpu", "cpu.max", "1 2"), CgroupWrite.of("cpu", "cpu.weight", 5)));

        assertThat(cgroup.text("cpu.max")).isEqualTo("1 2");
        assertThat(cgroup.text("cpu.weight")).isEqualTo("5");
    }

    @Test
    void anAbsentFileIsAnErrorUnlessThePlanKnowsBetter()
    {
        cgroup.with("io.weight");

        cgroup.open().execute(List.of(
                CgroupWrite.of("cpu", "cpu.cfs_burst_us", 1).skippedIfAbsent(),
                CgroupWrite.of("io", "io.bfq.weight", 10).orIfAbsent(CgroupWrite.of("io", "io.weight", 1))));

        assertThat(cgroup.text("io.weight")).isEqualTo("1");
        assertThatThrownBy(() -> cgroup.open().execute(List.of(CgroupWrite.of("pids", "pids.max", "max"))))
                .isInstanceOf(CgroupWriteRefused.class)
                .hasMessage("failed to write \"max\" to " + folder + "/web/pids.max: no such file or directory");
    }

    @Test
    void linksLeadNowhere() throws Exception
    {
        cgroup.with("real", "secret");
        Files.createSymbolicLink(folder.resolve("web/cpu.max"), Path.of("real"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("web"));

        assertThatThrownBy(() -> cgroup.open().execute(List.of(CgroupWrite.of("cpu", "cpu.max", "1"))))
                .hasMessageContaining("too many levels of symbolic links");
        assertThatThrownBy(() -> new FakeCgroup(folder.resolve("link")).open().read("real"))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("too many levels of symbolic links");
        assertThat(cgroup.text("real")).isEqualTo("secret\n");
    }

    @Test
    void noNameLeavesTheCgroup()
    {
        assertThatThrownBy(() -> CgroupWrite.of("cpu", "../cpu.max", "1")).isInstanceOf(BugException.class);
        assertThatThrownBy(() -> CgroupWrite.of("cpu", "a/b", "1")).isInstanceOf(BugException.class);
        assertThatThrownBy(() -> cgroup.open().below("../other")).isInstanceOf(BugException.class);
    }

    @Test
    void anOrdinaryDirectoryIsNoHierarchy()
    {
        assertThatThrownBy(() -> CgroupRoot.open(folder)).isInstanceOf(HostException.class).hasMessage(folder + " is not a cgroup filesystem");
        assertThatThrownBy(() -> CgroupRoot.open(folder.resolve("gone"))).isInstanceOf(HostException.class).hasMessageContaining("no such file or directory");
    }

    @Test
    void directoriesAreMadeAndRemovedChildrenFirst()
    {
        CgroupDirectory web = new CgroupDirectory(CgroupRoot.unchecked(folder), "pod/web");

        assertThatThrownBy(web::make).isInstanceOf(ErrnoException.class).hasMessageContaining("no such file or directory");
        assertThat(web.parent().make()).isTrue();
        assertThat(web.make()).isTrue();
        assertThat(web.make()).isFalse();
        assertThat(web.below("inner").make()).isTrue();
        assertThat(web.below("inner/most").make()).isTrue();
        assertThat(web.children()).containsExactly("inner");

        assertThat(web.remove()).isTrue();
        assertThat(web.exists()).isFalse();
        assertThat(web.remove()).isTrue();
        assertThat(folder.resolve("pod")).exists();
    }

    @Test
    void aBusyDirectoryStays()
    {
        cgroup.with("inner/cgroup.procs", "1");

        assertThat(cgroup.open().remove()).isFalse();
        assertThat(cgroup.open().exists()).isTrue();
    }

    @Test
    void aV1MemoryLimitBelowTheUsageSaysBoth()
    {
        cgroup.with("memory.usage_in_bytes", "500").with("memory.max_usage_in_bytes", "700");

        assertThat(new MemoryController().explain(
                CgroupWrite.of("memory", "memory.limit_in_bytes", 100), new ErrnoException("write", "", Errno.EBUSY), cgroup.open()))
                .contains("unable to set memory limit to 100 (current usage: 500, peak usage: 700)");
    }

    @Test
    void aV1RealtimeRuntimeBeyondThatOfTheCgroupAboveSaysWhereToLook()
    {
        ErrnoException invalid = new ErrnoException("write", "", Errno.EINVAL);
        assertThat(new CpuController().explain(CgroupWrite.of("cpu", "cpu.rt_runtime_us", 5000), invalid, cgroup.open()).orElseThrow())
                .startsWith("linux.resources.cpu.realtimeRuntime: failed to write \"5000\" to ").contains("invalid argument", "the cgroup above");
        assertThat(new CpuController().explain(CgroupWrite.of("cpu", "cpu.cfs_quota_us", 5000), invalid, cgroup.open())).isEmpty();
    }

    @Test
    void aV1CgroupIsWithoutRealtimeOnlyWhereTheKernelCountsIt()
    {
        assertThat(CpuController.withoutRealtime(cgroup.open())).isFalse();
        assertThat(CpuController.withoutRealtime(cgroup.with("cpu.rt_runtime_us", "0").open())).isTrue();
        assertThat(CpuController.withoutRealtime(cgroup.with("cpu.rt_runtime_us", "950000").open())).isFalse();
    }

    @Test
    void aV1CpusetInheritsWhatTheContainerDoesNotName()
    {
        FakeCgroup parent = new FakeCgroup(folder).with("cpuset.cpus", "0-3").with("cpuset.mems", "0");
        cgroup.with("cpuset.cpus").with("cpuset.mems");
        CgroupDirectory child = cgroup.open();

        assertThat(CpusetController.isEmpty(child)).isTrue();
        CpusetController.inherit(child.parent(), child,
                new CpusetController().writes(ResourcesBuilder.resources().with("cpu.cpus", "1").build()));

        assertThat(cgroup.text("cpuset.cpus")).isEqualTo("1");
        assertThat(cgroup.text("cpuset.mems")).isEqualTo("0");
        assertThat(parent.text("cpuset.cpus")).isEqualTo("0-3\n");
    }
}
