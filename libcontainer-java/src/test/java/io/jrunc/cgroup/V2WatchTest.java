package io.jrunc.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.cgroup.CgroupWatch.News;
import io.jrunc.os.FileCalls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class V2WatchTest
{
    private static boolean woken(V2Watch watch)
    {
        return FileCalls.poll(Optional.of(Duration.ZERO), FileCalls.POLLIN, watch.descriptor())[0] != 0;
    }

    @Test
    void aKillIsNewsAndARefusedAllocationIsNot(@TempDir Path folder)
    {
        FakeCgroup cgroup = new FakeCgroup(folder.resolve("web")).with("cgroup.events", "populated 1", "frozen 0").with("memory.events", "max 9", "oom 1", "oom_kill 1");
        try (V2Watch watch = new V2Watch(cgroup.open())) {
            assertThat(woken(watch)).isFalse();

            cgroup.with("memory.events", "max 10", "oom 2", "oom_kill 1");
            assertThat(woken(watch)).isTrue();
            assertThat(watch.news()).isEqualTo(News.NOTHING);
            assertThat(woken(watch)).isFalse();

            cgroup.with("memory.events", "max 11", "oom 3", "oom_kill 2");
            assertThat(woken(watch)).isTrue();
            assertThat(watch.news()).isEqualTo(News.OUT_OF_MEMORY);
            assertThat(watch.news()).as("the same kill").isEqualTo(News.NOTHING);

            cgroup.with("cgroup.events", "populated 0", "frozen 0");
            assertThat(woken(watch)).isTrue();
            assertThat(watch.news()).isEqualTo(News.END);
        }
    }
}
