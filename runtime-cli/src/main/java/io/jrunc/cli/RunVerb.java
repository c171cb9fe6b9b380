package io.jrunc.cli;

import io.jrunc.lifecycle.CreateRequest;

import java.util.OptionalInt;

/**
 * {@code jrunc run [options] ID}.
 */
final class RunVerb implements Verb
{
    @Override
    public Words words()
    {
        return CreateOptions.add(Words.command("run", Verbs.summary("run"))
                .synopsis("[command options] <container-id>")
                .about("Makes a container from a bundle, runs its program, and removes the container when the",
                        "program has ended. Exits with the program's code, or 128 and its signal's number.")
                .exactly(1))
                .flag("--detach, -d", "leave once the program runs")
                .flag("--keep", "keep the container after its program has ended")
                .flag("--no-subreaper", "do not adopt processes that the container leaves behind");
    }

    @Override
    public OptionalInt run(Call call)
    {
        boolean detach = call.parsed().flag("--detach");
        return call.containers().create(CreateOptions.of(call).request(call, detach ? CreateRequest.Mode.RUN_DETACHED : CreateRequest.Mode.RUN));
    }

    @Override
    public String failurePrefix()
    {
        return HelpText.PROGRAM + " run failed: ";
    }
}
