package io.jrunc.cli;

import io.jrunc.lifecycle.Containers;
import io.jrunc.lifecycle.Notices;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One command being carried out.
 *
 * @param engine the resident engine that serves this call; empty when it is a one-shot
 * @param out standard output; flushed by whoever called the verb
 * @param err standard error, for what is no log record
 */
record Call(Parsed parsed, Globals globals, Invocation caller, Surroundings host, Optional<ResidentStatus> engine, Printer out, Printer err, LogSink log)
{
    List<String> arguments()
    {
        return parsed.arguments();
    }

    /** The container's id: the first argument of almost every verb. */
    String id()
    {
        return parsed.arguments().getFirst();
    }

    /** How long a one-shot engine stays with a program that runs attached; a resident one stays to its end. */
    private static final Duration LINGER = Duration.ofSeconds(Integer.getInteger("jrunc.engine.linger.seconds", 2));

    /** The containers below the caller's state root. */
    Containers containers()
    {
        globals.root().prepare();
        return Containers.below(globals.root().path(), host.launcher(), globals.rootless(), new Notices()
        {
            @Override
            public void warn(String text)
            {
                log.record(LogSink.Level.WARNING, text);
            }

            @Override
            public void debug(String text)
            {
                log.record(LogSink.Level.DEBUG, text);
            }

            @Override
            public boolean debugging()
            {
                return log.debugging();
            }
        }, engine.isPresent() ? Optional.empty() : Optional.of(LINGER));
    }
}
