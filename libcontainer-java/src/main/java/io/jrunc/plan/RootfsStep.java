package io.jrunc.plan;

import java.util.List;

/** Steps of the init that build the file system the container sees. What each does: docs/protocol.md. */
public sealed interface RootfsStep extends Step
{
    record Propagation(String path, @Shown(Shown.As.PROPAGATION) long flags) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.PROPAGATION;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).i(flags);
        }
    }

    record Rootfs(String path, @Shown(Shown.As.PROPAGATION) long parentPropagation) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.ROOTFS;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).i(parentPropagation);
        }
    }

    /** Mounts a new file system. */
    record MountFs(String fstype, String source, List<String> options, @Shown(Shown.As.MOUNT_ATTR) long attributes, String target,
            @Shown(Shown.As.TARGET) long flags) implements RootfsStep
    {
        public MountFs
        {
            options = List.copyOf(options);
        }

        @Override
        public Op op()
        {
            return Op.MOUNT_FS;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(fstype).s(source).l(options).i(attributes).s(target).i(flags);
        }
    }

    /** Attaches a detached tree that the engine opened; consumes the slot. */
    record MountTree(@Shown(Shown.As.SLOT) int tree, String target, @Shown(Shown.As.TARGET) long flags) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MOUNT_TREE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(tree).s(target).i(flags);
        }
    }

    /** Binds a source that lies below the root, where earlier mounts are visible. */
    record MountInner(String source, boolean recursive, String target, @Shown(Shown.As.MOUNT_ATTR) long set,
            @Shown(Shown.As.MOUNT_ATTR) long clear, @Shown(Shown.As.TARGET) long flags) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MOUNT_INNER;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(source).i(recursive ? 1 : 0).s(target).i(set).i(clear).i(flags);
        }
    }

    /** Answers with a detached copy of what lies below the root, where earlier mounts are visible; the engine makes something of it. */
    record OpenInner(String source, boolean recursive, @Shown(Shown.As.TARGET) long flags) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.OPEN_INNER;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(source).i(recursive ? 1 : 0).i(flags);
        }
    }

    record MountAttr(String target, boolean recursive, @Shown(Shown.As.MOUNT_ATTR) long set, @Shown(Shown.As.MOUNT_ATTR) long clear,
            @Shown(Shown.As.PROPAGATION) long propagation) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MOUNT_ATTR;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(target).i(recursive ? 1 : 0).i(set).i(clear).i(propagation);
        }
    }

    record Mknod(String path, @Shown(Shown.As.MODE) long mode, long major, long minor, long uid, long gid,
            String hostSource) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MKNOD;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).i(mode).i(major).i(minor).i(uid).i(gid).s(hostSource);
        }
    }

    record Symlink(String text, String path, boolean replace) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.SYMLINK;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(text).s(path).i(replace ? 1 : 0);
        }
    }

    record Mkdir(String path, @Shown(Shown.As.MODE) long mode) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MKDIR;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).i(mode);
        }
    }

    record Console(int rows, int columns, long uid, boolean devConsole) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.CONSOLE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(rows).i(columns).i(uid).i(devConsole ? 1 : 0);
        }
    }

    /** Runs a hook in the namespaces of the container. */
    record Hook(String path, List<String> arguments, boolean inheritEnvironment, List<String> environment, byte[] input, long timeoutMillis,
            long maxOutput, int deathSignal) implements RootfsStep
    {
        public Hook
        {
            arguments = List.copyOf(arguments);
            environment = List.copyOf(environment);
            input = input.clone();
        }

        @Override
        public Op op()
        {
            return Op.HOOK;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).l(arguments).i(inheritEnvironment ? 1 : 0).l(environment).b(input).i(timeoutMillis).i(maxOutput).i(deathSignal);
        }
    }

    record PivotRoot(PivotMode mode) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.PIVOT_ROOT;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(mode.ordinal());
        }
    }

    /** Changes a mount and its file system as mount(2) does it. */
    record Remount(String target, @Shown(Shown.As.HEX) long flags, String data) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.REMOUNT;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(target).i(flags).s(data);
        }
    }

    /** Gives the root of a mount an SELinux label. */
    record MountLabel(String target, String label) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MOUNT_LABEL;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(target).s(label);
        }
    }

    record RemountRo(String target, @Shown(Shown.As.TARGET) long flags) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.REMOUNT_RO;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(target).i(flags);
        }
    }

    record MaskPath(String path) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.MASK_PATH;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path);
        }
    }

    record ReadonlyPath(String path) implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.READONLY_PATH;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path);
        }
    }

    record ReopenNull() implements RootfsStep
    {
        @Override
        public Op op()
        {
            return Op.REOPEN_NULL;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }
}
