package io.jrunc.cli;


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
    public int run(Call call)
    {
        call.containers().collectGarbage().forEach(call.out()::line);
        return 0;
    }
}
