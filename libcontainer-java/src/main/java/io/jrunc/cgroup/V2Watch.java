package io.jrunc.cgroup;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.util.List;
import java.util.OptionalLong;

/**
 * inotify on {@code memory.events} and {@code cgroup.events}.
 *
 * <p>Counted is {@code oom_kill}, not {@code oom}: the latter also counts allocations that failed without a victim.
 */
final class V2Watch implements CgroupWatch
{
    private final CgroupDirectory directory;
    private final Fd changes;
    private long kills;

    V2Watch(CgroupDirectory directory)
    {
        this.directory = directory;
        List<String> files = List.of("memory.events", "cgroup.events").stream().filter(file -> directory.read(file).isPresent())
                .map(file -> directory.path().resolve(file).toString()).toList();
        this.changes = FileCalls.watchChanges(files);
        this.kills = kills().orElse(0);
    }

    private OptionalLong kills()
    {
        return FilesystemDriver.keyed(directory, "memory.events", "oom_kill");
    }

    @Override
    public Fd descriptor()
    {
        return changes;
    }

    @Override
    public News news()
    {
        FileCalls.drain(changes);
        long now = kills().orElse(kills);
        if (now > kills) {
            kills = now;
            return News.OUT_OF_MEMORY;
        }
        return FilesystemDriver.keyed(directory, "cgroup.events", "populated").orElse(0) == 0 ? News.END : News.NOTHING;
    }

    @Override
    public void close()
    {
        changes.close();
    }
}
