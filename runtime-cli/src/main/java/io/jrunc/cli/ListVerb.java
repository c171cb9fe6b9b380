package io.jrunc.cli;

import io.jrunc.error.HostException;
import io.jrunc.error.UsageException;
import io.jrunc.lifecycle.ContainerView;

import java.util.List;
import java.util.OptionalInt;

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
    public OptionalInt run(Call call)
    {
        String format = call.parsed().text("--format").orElse("table");
        if (!call.parsed().flag("--quiet") && !format.equals("table") && !format.equals("json")) {
            throw new UsageException("invalid format option");
        }
        List<ContainerView> containers = call.containers().list().orElseGet(() -> missingRoot(call));
        if (call.parsed().flag("--quiet")) {
            containers.forEach(container -> call.out().line(container.id()));
        }
        else {
            call.out().print(format.equals("json") ? StateText.array(containers) : StateText.table(containers));
        }
        return DONE;
    }

    /** A root that nobody asked for need not exist; one that was named does. */
    private static List<ContainerView> missingRoot(Call call)
    {
        if (call.globals().root().given()) {
            throw new HostException("open " + call.globals().root().path() + ": no such file or directory");
        }
        return List.of();
    }
}
