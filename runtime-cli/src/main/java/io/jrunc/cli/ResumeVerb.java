package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * {@code jrunc resume ID}.
 */
final class ResumeVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("resume", Verbs.summary("resume"))
                .synopsis("<container-id>")
                .about("Lets the processes of a paused container go on.")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.containers().resume(call.id());
        return DONE;
    }
}
