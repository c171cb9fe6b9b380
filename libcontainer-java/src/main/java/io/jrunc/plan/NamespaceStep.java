package io.jrunc.plan;

/** Steps of the init that make it a member of the namespaces of the container. What each does: docs/protocol.md. */
public sealed interface NamespaceStep extends Step
{
    record Setns(@Shown(Shown.As.SLOT) int namespace, @Shown(Shown.As.CLONE) long type) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.SETNS;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(namespace).i(type);
        }
    }

    record Unshare(@Shown(Shown.As.CLONE) long namespaces) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.UNSHARE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(namespaces);
        }
    }

    record Fork(@Shown(Shown.As.CLONE) long namespaces) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.FORK;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(namespaces);
        }
    }

    /** A step that was refused had another way: the process takes steps again. */
    record GoOn() implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.GO_ON;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    record BecomeRoot() implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.BECOME_ROOT;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    record TimensOffsets(String text) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.TIMENS_OFFSETS;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(text);
        }
    }

    record Setsid() implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.SETSID;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    /** @param excused a refusal leaves the process where it is */
    record JoinCgroup(@Shown(Shown.As.SLOT) int tasks, boolean excused) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.JOIN_CGROUP;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(tasks).i(excused ? 1 : 0);
        }
    }

    /** What the init executes inherits this descriptor; the answer is its number there. */
    record Keep(@Shown(Shown.As.SLOT) int descriptor) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.KEEP;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(descriptor);
        }
    }

    /** It inherits one end of a conversation; the answer brings the other. To whom it belongs: the init itself made both. */
    record KeepPair() implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.KEEP_PAIR;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    /** It inherits a directory of the host, opened in its own mount namespace. */
    record KeepDirectory(String path) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.KEEP_DIRECTORY;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path);
        }
    }

    record Dumpable(boolean dumpable) implements NamespaceStep
    {
        @Override
        public Op op()
        {
            return Op.DUMPABLE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(dumpable ? 1 : 0);
        }
    }
}
