package io.jrunc.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Journal;
import io.jrunc.state.StateStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemolitionTest
{
    @TempDir
    private Path folder;

    private void demolish(Path... groups)
    {
        try (ContainerDirectory directory = new StateStore(folder.resolve("root")).create(new ContainerId("web"), Duration.ofSeconds(1))) {
            for (Path group : groups) {
                directory.begin(new Journal.Entry.ResctrlGroup(group.toString()));
            }
            Demolition.of(directory).carryOut();
        }
        assertThat(folder.resolve("root/web")).doesNotExist();
    }

    /** The one for monitoring lies in the other. */
    @Test
    void theContainersOwnResctrlGroupsGoLastMadeFirst() throws IOException
    {
        Path own = folder.resolve("resctrl/web");
        Path monitor = Files.createDirectories(own.resolve("mon_web"));
        demolish(own, monitor);
        assertThat(own).doesNotExist();
        assertThat(folder.resolve("resctrl")).exists();
    }

    @Test
    void aNamedResctrlGroupStaysWhenTheOneForMonitoringInItGoes() throws IOException
    {
        Path monitor = Files.createDirectories(folder.resolve("resctrl/gold/mon_groups/web"));
        demolish(monitor);
        assertThat(monitor).doesNotExist();
        assertThat(folder.resolve("resctrl/gold/mon_groups")).exists();
    }
}
