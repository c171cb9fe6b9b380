package io.jrunc.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On folders that only look like a tree of cgroups. */
class EngineGroupTest
{
    @TempDir
    Path top;

    private final String self = Long.toString(ProcessHandle.current().pid());

    @BeforeEach
    void aTree() throws IOException
    {
        Files.createFile(top.resolve("cgroup.procs"));
    }

    private CgroupLayout layout()
    {
        return new CgroupLayout(CgroupLayout.Kind.V2, List.of(new CgroupMount(top, "/", true, List.of())));
    }

    @Test
    void theEngineGoesIntoAGroupOfItsOwn() throws IOException
    {
        Files.createDirectory(top.resolve("jrunc-engine"));
        Files.createFile(top.resolve("jrunc-engine/cgroup.procs"));
        EngineGroup.enter(layout());
        assertThat(top.resolve("jrunc-engine/cgroup.procs")).hasContent(self);
        assertThat(top.resolve("cgroup.procs")).isEmptyFile();
    }

    @Test
    void theLastToLeaveTakesTheGroupWithIt() throws IOException
    {
        Files.createDirectory(top.resolve("jrunc-engine"));
        EngineGroup.leave(layout());
        assertThat(top.resolve("cgroup.procs")).hasContent(self);
        assertThat(top.resolve("jrunc-engine")).doesNotExist();
    }

    @Test
    void theTopOfAContainerStaysFreeOfProcesses() throws IOException
    {
        Files.createFile(top.resolve("cgroup.type"));
        Files.createDirectory(top.resolve("jrunc-engine"));
        EngineGroup.leave(layout());
        assertThat(top.resolve("cgroup.procs")).isEmptyFile();
        assertThat(top.resolve("jrunc-engine")).exists();
    }

    @Test
    void whoNeverHadAGroupLeavesNone() throws IOException
    {
        EngineGroup.leave(layout());
        assertThat(top.resolve("cgroup.procs")).isEmptyFile();
    }
}
