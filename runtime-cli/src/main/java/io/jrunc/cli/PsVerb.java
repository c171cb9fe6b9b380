package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.util.List;

/**
 * {@code jrunc ps [--format table|json] ID [ps options]}.
 */
final class PsVerb implements Verb
{
    /** @param psOptions for the host's ps; not used with JSON */
    record Options(String id, boolean json, List<String> psOptions)
    {
    }

    @Override
    public Words words()
    {
        return Words.command("ps", Verbs.summary("ps"))
                .synopsis("[command options] <container-id> [ps options]")
                .about("Shows what the host's ps says of the container's processes, by default with the options -ef.")
                .text("--format, -f", "table or json", "table")
                .stopAtFirstArgument()
                .atLeast(1);
    }

    @Override
    public int run(Call call)
    {
        options(call);
        throw new UsageException("not yet");
    }

    static Options options(Call call)
    {
        List<String> rest = call.arguments().subList(1, call.arguments().size());
        boolean json = switch (call.parsed().text("--format").orElse("table")) {
            case "table" -> false;
            case "json" -> true;
            default -> throw new UsageException("invalid format option");
        };
        return new Options(call.id(), json, rest.isEmpty() ? List.of("-ef") : List.copyOf(rest));
    }
}
