package io.jrunc.plan;

import io.jrunc.spec.HookKind;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.Rlimit;

import java.util.List;
import java.util.Optional;

/**
 * Work between the steps that the engine does itself, on the host's side. Immutable data, like a step.
 */
public sealed interface EngineStep
{
    /** True = everything planned before has been answered when this runs. False = it prepares what a later step names, or works beside the process. */
    default boolean waits()
    {
        return true;
    }

    /** Nothing but the wait for all answers: the next step is another party's and builds on them. */
    record Settle() implements EngineStep {}

    /** Send what has been gathered, and do not wait: the process works on it while the engine goes on. */
    record Dispatch() implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** Compile the filter of the container, early, as its faults are the bundle's. */
    record CompileSeccomp() implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** Create the container's cgroup. {@code slot} = open its v2 directory for the clone that follows; {@link Slots#NONE} = not. */
    record CreateCgroup(@Shown(Shown.As.SLOT) int slot) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** Open the v2 directory that a clone is to start in; made first where it is not there. */
    record OpenCgroup(@Shown(Shown.As.SLOT) int slot) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /**
     * Move the process into the container's cgroup. A clone that started there needs no move; v1 hierarchies still do.
     *
     * @param slot {@link Slots#NONE} = from outside; else it becomes {@code join_cgroup} steps, one for each v1 hierarchy, with its file
     *        in this slot and those after it
     */
    record JoinCgroup(@Shown(Shown.As.SLOT) int slot) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return slot == Slots.NONE;
        }
    }

    /**
     * Apply all limits and device rules.
     *
     * @param beside without waiting for the process: nothing that it was sent before can meet a limit, and what is sent after this meets
     *        all device rules or none
     */
    record LimitCgroup(boolean beside) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return !beside;
        }
    }

    /** Hand the cgroup to a user of the host: the container's root may make groups below. */
    record ChownCgroup(long hostUid) implements EngineStep {}

    /** Write the id maps of the process's new user namespace; {@code uids} and {@code gids} are not empty. */
    record WriteIdMaps(List<IdMapping> uids, List<IdMapping> gids) implements EngineStep
    {
        public WriteIdMaps
        {
            uids = List.copyOf(uids);
            gids = List.copyOf(gids);
        }
    }

    record SetOomScoreAdj(int value) implements EngineStep {}

    /** With prlimit(2) from outside, so that a raise works in a user namespace too. */
    record SetRlimits(List<Rlimit> limits) implements EngineStep
    {
        public SetRlimits
        {
            limits = List.copyOf(limits);
        }
    }

    /** Open a namespace, check that it is of this CLONE_NEW* type, attach it under the slot. */
    record OpenNamespace(@Shown(Shown.As.SLOT) int slot, String path, @Shown(Shown.As.CLONE) long type) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** Move a network device of the host into the process's network namespace, where it gets another name and its addresses again. */
    record MoveNetDevice(String name, String newName) implements EngineStep {}

    /** Make the process a member of its resctrl group, which is made or checked first. */
    record JoinResctrl() implements EngineStep {}

    /**
     * Open a detached copy of a host directory or file (open_tree), change its attributes, attach it under the slot.
     *
     * @param recursive take the mounts below along
     * @param followLast false = a source that is a link is bound as the link
     */
    record OpenSource(@Shown(Shown.As.SLOT) int slot, String source, boolean recursive, boolean followLast, TreeChange change) implements EngineStep
    {
        /** The same of another directory, and read-only whatever was asked for. */
        public OpenSource readOnly(String other)
        {
            BindAttributes asked = change.attributes().orElse(new BindAttributes(0, 0, false));
            BindAttributes readOnly = new BindAttributes(asked.set() | Kernel.MOUNT_ATTR_RDONLY, asked.clear() & ~Kernel.MOUNT_ATTR_RDONLY, asked.locked());
            return new OpenSource(slot, other, recursive, followLast,
                    new TreeChange(Optional.of(readOnly), change.recursiveSet(), change.recursiveClear() & ~Kernel.MOUNT_ATTR_RDONLY, change.idmap()));
        }

        /** A mapping may be that of the process, which must be in its user namespace then. */
        @Override
        public boolean waits()
        {
            return change.idmap().isPresent();
        }
    }

    /**
     * Take the detached copy that the {@code open_inner} step before it answered with, change its attributes, attach it under the slot.
     * The init could not: it has no power over file systems that are the host's.
     */
    record TakeInner(@Shown(Shown.As.SLOT) int slot, TreeChange change) implements EngineStep {}

    /**
     * What becomes of a detached copy before it is attached.
     *
     * @param attributes for the top mount alone; empty = it keeps what its source has
     * @param recursiveSet then for the top mount and all below, {@code recursiveClear} in the same call (Linux 5.12)
     * @param idmap present = an id-mapped mount
     */
    record TreeChange(
            Optional<BindAttributes> attributes,
            @Shown(Shown.As.MOUNT_ATTR) long recursiveSet,
            @Shown(Shown.As.MOUNT_ATTR) long recursiveClear,
            Optional<IdMap> idmap) {}

    /**
     * Attributes of a bind mount, as runc's second remount gives them: the mount ends with exactly {@code set}, whatever its source had.
     *
     * @param set attributes asked for
     * @param clear attributes asked not to be there: if the kernel keeps one of them locked it is an error
     * @param locked keep what the kernel would lock for a mount namespace of a lesser user namespace: the engine could undo what the
     *        container's root never may
     */
    record BindAttributes(@Shown(Shown.As.MOUNT_ATTR) long set, @Shown(Shown.As.MOUNT_ATTR) long clear, boolean locked) {}

    /**
     * The mapping of an id-mapped mount.
     *
     * @param uids empty lists = that of the container's user namespace, from the running process or {@code namespacePath}
     */
    record IdMap(List<IdMapping> uids, List<IdMapping> gids, Optional<String> namespacePath, boolean recursive)
    {
        public IdMap
        {
            uids = List.copyOf(uids);
            gids = List.copyOf(gids);
        }
    }

    /**
     * Run the hooks of one kind, in order. Kinds that run in the container become {@code hook} steps of the init at this place,
     * the others {@code spawn} steps of the launcher.
     */
    record RunHooks(HookKind kind) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return kind != HookKind.CREATE_CONTAINER && kind != HookKind.START_CONTAINER;
        }
    }

    /** Open both ends that {@code wait_start} needs; early, as a filter may forbid to receive descriptors later. */
    record OpenStartFifos(@Shown(Shown.As.SLOT) int start, @Shown(Shown.As.SLOT) int report) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** Becomes the {@code words} step: arguments and environment of the program, completed with HOME. */
    record SendWords() implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** Becomes the {@code seccomp} step with the compiled filter. */
    record LoadSeccomp() implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }

    /** If the filter notifies an agent: fetch the descriptor that {@code seccomp} answered and send it to the agent's socket. */
    record SendListener() implements EngineStep {}

    /** Hand the process, which is ready, to a supervisor and wait for its word. */
    record Hold() implements EngineStep {}

    /**
     * Write state.json: from here every other command sees the container.
     *
     * @param beside while the process does the rest of what makes it ready; once it has answered for the first time, so that its streams
     *        are those that it keeps
     */
    record SaveState(boolean beside) implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return !beside;
        }
    }

    /** Becomes the {@code exec} step: path from {@code find_program}, environment completed with HOME, unless both were sent before. */
    record ExecProgram() implements EngineStep
    {
        @Override
        public boolean waits()
        {
            return false;
        }
    }
}
