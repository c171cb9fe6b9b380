package io.jrunc.cli;

import io.jrunc.lifecycle.CreateRequest;

import java.util.OptionalInt;

/**
 * {@code jrunc plan [options] [ID]}.
 */
final class PlanVerb implements Verb
{
    @Override
    public Words words()
    {
        return CreateOptions.add(Words.command("plan", Verbs.summary("plan"))
                .synopsis("[command options] [container-id]")
                .about("Reads the bundle as \"jrunc create\" would on this machine and prints every step with its", "reason. Changes nothing.")
                .between(0, 1));
    }

    @Override
    public OptionalInt run(Call call)
    {
        call.out().print(Legible.lines(call.containers().plan(CreateOptions.of(call).request(call, CreateRequest.Mode.CREATE))));
        return DONE;
    }
}
