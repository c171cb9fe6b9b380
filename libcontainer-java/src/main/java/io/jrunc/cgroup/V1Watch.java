package io.jrunc.cgroup;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

/**
 * An eventfd that the memory controller of version 1 counts up when it is out of memory, and when the cgroup goes.
 * Source: Documentation/admin-guide/cgroup-v1/memory.rst, section 9 and 10.
 */
final class V1Watch implements CgroupWatch
{
    private final CgroupDirectory directory;
    private final Fd counter;

    V1Watch(CgroupDirectory directory)
    {
        this.directory = directory;
        this.counter = FileCalls.eventCounter();
        try (Fd control = directory.openForReading("memory.oom_control")) {
            // Its numbers are ours: the kernel looks both up in the process that writes.
            directory.write("cgroup.event_control", FileCalls.numbers(counter, control));
        }
        catch (RuntimeException | Error e) {
            counter.close();
            throw e;
        }
    }

    @Override
    public Fd descriptor()
    {
        return counter;
    }

    @Override
    public News news()
    {
        boolean told = FileCalls.drain(counter);
        if (!directory.exists()) {
            return News.END;
        }
        return told ? News.OUT_OF_MEMORY : News.NOTHING;
    }

    @Override
    public void close()
    {
        counter.close();
    }
}
