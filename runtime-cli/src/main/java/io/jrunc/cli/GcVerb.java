package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * {@code jrunc gc}.
 */
final class GcVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("gc", Verbs.summary("gc"))
                .about("Looks below the root for containers whose making or removal was interrupted and undoes", "what their journals say was done. Containers in order are left alone.")
                .exactly(0);
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.containers().collectGarbage().forEach(call.out()::line);
        return DONE;
    }
}
