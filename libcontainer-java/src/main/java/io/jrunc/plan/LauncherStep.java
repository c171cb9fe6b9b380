package io.jrunc.plan;

import java.util.List;

/** Steps of the launcher: output, descriptors and the life of the invocation, in the namespaces of the caller. What each does: docs/protocol.md. */
public sealed interface LauncherStep extends Step
{
    record Write(int fd, byte[] bytes) implements LauncherStep
    {
        public Write
        {
            bytes = bytes.clone();
        }

        @Override
        public Op op()
        {
            return Op.WRITE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(fd).b(bytes);
        }
    }

    record Exit(int code) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.EXIT;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(code);
        }
    }

    record Close(@Shown(Shown.As.SLOT) int slot) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.CLOSE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(slot);
        }
    }

    /** Makes a network namespace for the process to come, before it is known what else that will want. */
    record Network() implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.NETWORK;
        }

        @Override
        public void encode(StepWriter w)
        {
        }
    }

    /** Connects to a socket of the caller and passes one descriptor with a message. */
    record ConnectSend(String socket, byte[] message, @Shown(Shown.As.SLOT) int descriptor) implements LauncherStep
    {
        public ConnectSend
        {
            message = message.clone();
        }

        @Override
        public Op op()
        {
            return Op.CONNECT_SEND;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(socket).b(message).f(descriptor);
        }
    }

    /** As {@link ConnectSend}; the answer brings the connection, for the engine to go on with. */
    record ConnectKeep(String socket, byte[] message, @Shown(Shown.As.SLOT) int descriptor) implements LauncherStep
    {
        public ConnectKeep
        {
            message = message.clone();
        }

        @Override
        public Op op()
        {
            return Op.CONNECT_KEEP;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(socket).b(message).f(descriptor);
        }
    }

    record Subreaper() implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.SUBREAPER;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    /** What our own executable runs if the engine is gone when the container ends. */
    record Epilogue(List<String> arguments) implements LauncherStep
    {
        public Epilogue
        {
            arguments = List.copyOf(arguments);
        }

        @Override
        public Op op()
        {
            return Op.EPILOGUE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.l(arguments);
        }
    }

    /** Runs a host program: hook, newuidmap. */
    record Spawn(String path, List<String> arguments, boolean inheritEnvironment, List<String> environment, byte[] input,
            long timeoutMillis, long maxOutput, int deathSignal) implements LauncherStep
    {
        public Spawn
        {
            arguments = List.copyOf(arguments);
            environment = List.copyOf(environment);
            input = input.clone();
        }

        @Override
        public Op op()
        {
            return Op.SPAWN;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).l(arguments).i(inheritEnvironment ? 1 : 0).l(environment).b(input).i(timeoutMillis).i(maxOutput).i(deathSignal);
        }
    }

    record Chdir(String directory) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.CHDIR;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(directory);
        }
    }

    record Read(long limit) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.READ;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(limit);
        }
    }

    /** A process that holds a new user namespace until it is killed. */
    record Userns() implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.USERNS;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    record StdioPipes(long ownerUid, long ownerGid) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.STDIO_PIPES;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(ownerUid).i(ownerGid);
        }
    }

    record Clone(@Shown(Shown.As.CLONE) long namespaces, boolean hold, @Shown(Shown.As.SLOT) int cgroup, int keep,
            int deathSignal) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.CLONE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(namespaces).i(hold ? 1 : 0).f(cgroup).i(keep).i(deathSignal);
        }
    }

    record Release() implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.RELEASE;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    /** @param atExec not now, but in the moment in which the program replaces the init */
    record Forward(boolean atExec) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.FORWARD;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(atExec ? 1 : 0);
        }
    }

    record RelayTerminal(@Shown(Shown.As.SLOT) int master, boolean raw) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.RELAY_TERMINAL;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(master).i(raw ? 1 : 0);
        }
    }

    record Kill(int signal) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.KILL;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(signal);
        }
    }

    record Detach() implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.DETACH;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    /** Takes one of the caller's descriptors out of the launcher; the answer brings it. */
    record Take(int number) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.TAKE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(number);
        }
    }

    /** Another child of the launcher takes the init's place: signals go to it, its end is reported. The answer brings its pidfd. */
    record Adopt(int pid) implements LauncherStep
    {
        @Override
        public Op op()
        {
            return Op.ADOPT;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(pid);
        }
    }
}
