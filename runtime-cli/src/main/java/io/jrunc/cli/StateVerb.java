package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * {@code jrunc state ID}.
 */
final class StateVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("state", Verbs.summary("state"))
                .synopsis("<container-id>")
                .about("Prints the state of the container as JSON.")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.out().print(StateText.of(call.containers().state(call.id())));
        return DONE;
    }
}
