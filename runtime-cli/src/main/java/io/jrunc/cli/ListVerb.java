package io.jrunc.cli;

import io.jrunc.error.UsageException;

/**
 * {@code jrunc list [--format table|json] [--quiet]}.
 */
final class ListVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("list", Verbs.summary("list"))
                .synopsis("[command options]")
                .about("Lists the containers below the directory that the global option --root names.")
                .text("--format, -f", "table or json", "table")
                .flag("--quiet, -q", "print the ids only")
                .exactly(0);
    }

    @Override
    public int run(Call call)
    {
        String format = call.parsed().text("--format").orElse("table");
        if (!call.parsed().flag("--quiet") && !format.equals("table") && !format.equals("json")) {
            throw new UsageException("invalid format option");
        }
        throw new UsageException("not yet");
    }
}
