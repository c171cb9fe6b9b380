package io.jrunc.cli;

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
}
