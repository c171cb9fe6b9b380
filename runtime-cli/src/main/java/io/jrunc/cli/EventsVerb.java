package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * {@code jrunc events [--interval TIME] [--stats] ID}.
 */
final class EventsVerb implements Verb
{
    private static final Duration USUAL = Duration.ofSeconds(5);

    /** @param once print one record of statistics and end */
    record Options(String id, Duration interval, boolean once)
    {
    }

    @Override
    public Words words()
    {
        return Words.command("events", Verbs.summary("events"))
                .synopsis("[command options] <container-id>")
                .about("Prints one JSON object a line: statistics at every interval, and out-of-memory events as", "they happen.")
                .duration("--interval", "time between two records, such as 100ms or 1m30s (default: 5s)")
                .flag("--stats", "print one record of statistics and end")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        Options options = options(call);
        if (options.once()) {
            call.out().line(call.containers().statistics(options.id()));
        }
        else {
            call.containers().events(options.id(), options.interval(), line -> call.out().line(line).flush());
        }
        return DONE;
    }

    static Options options(Call call)
    {
        Duration interval = call.parsed().duration("--interval").orElse(USUAL);
        if (!interval.isPositive()) {
            throw new UsageException("duration interval must be greater than 0");
        }
        return new Options(call.id(), interval, call.parsed().flag("--stats"));
    }
}
