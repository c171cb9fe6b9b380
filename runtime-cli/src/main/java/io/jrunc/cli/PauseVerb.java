package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * {@code jrunc pause ID}.
 */
final class PauseVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("pause", Verbs.summary("pause"))
                .synopsis("<container-id>")
                .about("Freezes every process of the container until \"jrunc resume\".")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.containers().pause(call.id());
        return DONE;
    }
}
