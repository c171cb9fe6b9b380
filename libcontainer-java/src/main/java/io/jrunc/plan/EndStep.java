package io.jrunc.plan;

import java.util.List;

/** The last steps of the init: after them it is the program of the user. What each does: docs/protocol.md. */
public sealed interface EndStep extends Step
{
    record WaitStart(@Shown(Shown.As.SLOT) int start, @Shown(Shown.As.SLOT) int report) implements EndStep
    {
        @Override
        public Op op()
        {
            return Op.WAIT_START;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.f(start).f(report);
        }
    }

    record Announce() implements EndStep
    {
        @Override
        public Op op()
        {
            return Op.ANNOUNCE;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    /** What an {@link Exec} without arguments executes with. */
    record Words(List<String> arguments, List<String> environment) implements EndStep
    {
        public Words
        {
            arguments = List.copyOf(arguments);
            environment = List.copyOf(environment);
        }

        @Override
        public Op op()
        {
            return Op.WORDS;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.l(arguments).l(environment);
        }
    }

    /** @param arguments none = those of {@link Words}, with their environment */
    record Exec(String path, List<String> arguments, List<String> environment) implements EndStep
    {
        public Exec
        {
            arguments = List.copyOf(arguments);
            environment = List.copyOf(environment);
        }

        @Override
        public Op op()
        {
            return Op.EXEC;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).l(arguments).l(environment);
        }
    }
}
