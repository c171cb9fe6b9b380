package io.jrunc.cli;

import io.jrunc.lifecycle.CreateRequest;

import java.util.OptionalInt;

/**
 * {@code jrunc create [options] ID}.
 */
final class CreateVerb implements Verb
{
    @Override
    public Words words()
    {
        return CreateOptions.add(Words.command("create", Verbs.summary("create"))
                .synopsis("[command options] <container-id>")
                .about("Makes a container from a bundle and stops before its program runs: \"jrunc start\"", "runs it. The id is yours to choose and unique below a root.")
                .exactly(1));
    }

    @Override
    public OptionalInt run(Call call)
    {
        return call.containers().create(CreateOptions.of(call).request(call, CreateRequest.Mode.CREATE));
    }

    @Override
    public String failurePrefix()
    {
        return HelpText.PROGRAM + " create failed: ";
    }
}
