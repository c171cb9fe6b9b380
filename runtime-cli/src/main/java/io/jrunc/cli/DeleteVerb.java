package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * {@code jrunc delete [--force] ID}.
 */
final class DeleteVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("delete", Verbs.summary("delete"))
                .synopsis("[command options] <container-id>")
                .about("Removes a stopped container: its state, its cgroups, its mounts.")
                .flag("--force, -f", "kill it first if it runs; a container that does not exist is no error")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.containers().delete(call.id(), call.parsed().flag("--force"));
        return DONE;
    }
}
