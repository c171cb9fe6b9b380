package io.jrunc.cli;

import io.jrunc.lifecycle.Caller;
import io.jrunc.lifecycle.Launcher;
import io.jrunc.lifecycle.Machine;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Serves one launcher: its words in, its exit code out. The same for a one-shot and a resident engine.
 */
final class Service
{
    private record Here(Launcher launcher) implements Surroundings
    {
        @Override
        public boolean inUserNamespace()
        {
            return Machine.inUserNamespace();
        }

        @Override
        public boolean unifiedCgroups()
        {
            return Machine.unifiedCgroups();
        }

        @Override
        public Optional<String> libseccompVersion()
        {
            return Machine.libseccompVersion();
        }

        @Override
        public List<String> seccompFlags()
        {
            return Machine.seccompFlags();
        }
    }

    private Service()
    {
    }

    /**
     * Carries the launcher's command out and tells it to exit, unless it goes on alone with a program that runs: it notices that when
     * the channel is closed.
     *
     * @param engine the resident engine that this happens in; empty for a one-shot
     */
    static void serve(Launcher launcher, Optional<ResidentStatus> engine)
    {
        Caller caller = launcher.caller(Optional.empty());
        Invocation invocation = new Invocation(launcher.argv(), caller.environment(), launcher.cwd(), caller.umask(), caller.euid(), caller.egid(),
                caller.pid(), launcher.terminals());
        OptionalInt code = new CommandLineRun(invocation, launcher::write, new Here(launcher), engine, Clock.systemUTC()).run();
        code.ifPresent(launcher::exit);
    }
}
