package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * {@code jrunc start ID}.
 */
final class StartVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("start", Verbs.summary("start"))
                .synopsis("<container-id>")
                .about("Starts the program of a container that was made by \"jrunc create\".")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.containers().start(call.id());
        return DONE;
    }
}
