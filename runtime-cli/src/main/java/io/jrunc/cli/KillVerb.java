package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.util.OptionalInt;

/**
 * {@code jrunc kill [--all] ID [SIGNAL]}.
 */
final class KillVerb implements Verb
{
    /** @param all a container that does not run is no error; that is all the option means */
    record Options(String id, int signal, boolean all)
    {
    }

    @Override
    public Words words()
    {
        return Words.command("kill", Verbs.summary("kill"))
                .synopsis("<container-id> [signal]")
                .about("Sends the signal, a name or a number, by default TERM.")
                .hidden()
                .flag("--all, -a", "do not complain about a container that does not run")
                .stopAtFirstArgument()
                .between(1, 2);
    }

    @Override
    public OptionalInt run(Call call)
    {
        Options options = options(call);
        call.containers().kill(options.id(), options.signal(), options.all());
        return DONE;
    }

    static Options options(Call call)
    {
        String word = call.arguments().size() > 1 ? call.arguments().get(1) : "TERM";
        return new Options(call.id(), Signals.number(word).orElseThrow(() -> new UsageException("unknown signal " + GoValues.quote(word))),
                call.parsed().flag("--all"));
    }
}
