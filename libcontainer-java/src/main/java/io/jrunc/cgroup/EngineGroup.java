package io.jrunc.cgroup;

import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Where a resident engine lives that a command started. In that command's cgroup it would count against a pod, keep the pod's groups
 * from being removed, and be killed with them, while others use it.
 */
public final class EngineGroup
{
    private static final String NAME = "jrunc-engine";

    private EngineGroup() {}

    /** Moves this process, with all its threads. Where that is refused it stays: it works there as well. */
    public static void enter(CgroupLayout layout)
    {
        for (CgroupMount mount : layout.mounts()) {
            try {
                Files.writeString(place(mount).resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()), StandardOpenOption.WRITE);
            }
            catch (IOException refused) {
                // A user's engine, or a tree that is read-only.
            }
        }
    }

    /**
     * On v1 the top, which has no limits and leaves no group behind. On v2 a group of its own: the top of a container's tree gives
     * controllers to those below it, or is to do so, and then must hold no process.
     */
    private static Path place(CgroupMount mount) throws IOException
    {
        if (!mount.unified()) {
            return mount.path();
        }
        Path group = mount.path().resolve(NAME);
        try {
            Files.createDirectory(group);
        }
        catch (FileAlreadyExistsException e) {
            // That of an earlier engine.
        }
        return group;
    }
}
