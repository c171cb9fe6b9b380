package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.util.List;
import java.util.OptionalInt;

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
    public OptionalInt run(Call call)
    {
        Options options = options(call);
        call.out().print(options.json() ? json(call.containers().processes(options.id())) : call.containers().ps(options.id(), options.psOptions()));
        return DONE;
    }

    /** An array of numbers; {@code null} when there is none, as runc prints an empty list. */
    private static String json(List<Integer> pids)
    {
        return pids.isEmpty() ? "null\n" : pids.stream().map(String::valueOf).collect(java.util.stream.Collectors.joining(",", "[", "]\n"));
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
