package io.jrunc.cgroup;

import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Where a resident engine lives that a command started. In that command's cgroup it would count against a pod, keep the pod's groups
 * from being removed, and be killed with them, while others use it.
 */
public final class EngineGroup
{
    private static final String NAME = "jrunc-engine";
    private static final int TRIES = 3;

    private EngineGroup() {}

    /** Moves this process, with all its threads. Where that is refused it stays: it works there as well. */
    public static void enter(CgroupLayout layout)
    {
        for (CgroupMount mount : layout.mounts()) {
            try {
                enter(mount);
            }
            catch (IOException refused) {
                // A user's engine, or a tree that is read-only.
            }
        }
    }

    private static void enter(CgroupMount mount) throws IOException
    {
        for (int tries = 1; ; tries++) {
            try {
                moveTo(place(mount));
                return;
            }
            catch (NoSuchFileException e) {
                // Another engine has left just now and taken the group with it.
                if (tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static void moveTo(Path group) throws IOException
    {
        Files.writeString(group.resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()), StandardOpenOption.WRITE);
    }

    /**
     * The last to leave takes the group of version 2 with it: the process goes to the top for its last moment. Not where the top is
     * that of a container, which has to stay free of processes; the next engine there uses the group again.
     */
    public static void leave(CgroupLayout layout)
    {
        for (CgroupMount mount : layout.mounts()) {
            Path group = mount.path().resolve(NAME);
            if (!mount.unified() || Files.exists(mount.path().resolve("cgroup.type")) || !Files.exists(group)) {
                continue;
            }
            try {
                moveTo(mount.path());
                Files.delete(group);
            }
            catch (IOException refused) {
                // Another engine is in it, or we never were.
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
