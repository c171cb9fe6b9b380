package io.jrunc.cli;

import io.jrunc.error.Exhausted;
import io.jrunc.error.StepException;
import io.jrunc.error.UsageException;
import io.jrunc.lifecycle.InterruptedCommandException;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Carries out one command line from its words to its exit code. The only place that reports a failure.
 */
final class CommandLineRun
{
    /** What runc's command line library answers to an unknown command. */
    private static final int NO_SUCH_COMMAND = 3;

    private static final int SIGNALLED = 128;

    private final Invocation caller;
    private final Surroundings host;
    private final Optional<ResidentStatus> engine;
    private final Printer out;
    private final Printer err;
    private final Outlet outlet;
    private final Clock clock;
    private LogSink log;

    /** @param engine the resident engine that this runs in, if it is one */
    CommandLineRun(Invocation caller, Outlet outlet, Surroundings host, Optional<ResidentStatus> engine, Clock clock)
    {
        this.caller = caller;
        this.host = host;
        this.engine = engine;
        this.outlet = outlet;
        this.clock = clock;
        this.out = new Printer(outlet, Outlet.OUT);
        this.err = new Printer(outlet, Outlet.ERR);
        this.log = LogSink.standardError(caller, outlet, LogFormat.TEXT, false, clock);
    }

    /**
     * Never throws for what the caller or the machine did wrong: that becomes a report and a code.
     *
     * @return the exit code; empty = a program runs on, and its launcher sees it to its end alone
     */
    OptionalInt run()
    {
        try {
            OptionalInt code = attempt();
            out.flush();
            err.flush();
            return code;
        }
        catch (StepException e) {
            // The caller's standard output or error cannot be written to: there is no place for a report.
            return OptionalInt.of(1);
        }
        finally {
            log.close();
        }
    }

    private OptionalInt attempt()
    {
        Words words = Lexicon.take(HelpText.PROGRAM, Globals::words);
        try {
            return attempt(words);
        }
        finally {
            Lexicon.giveBack(HelpText.PROGRAM, words);
        }
    }

    private OptionalInt attempt(Words words)
    {
        Parsed parsed;
        try {
            parsed = Parsed.parse(words, caller.words());
        }
        catch (IncorrectUsage e) {
            return incorrect(e, "Incorrect Usage. ");
        }
        if (parsed.flag("--help")) {
            return help(words);
        }
        if (parsed.flag("--version")) {
            out.print(Version.text(host));
            return Verb.DONE;
        }
        List<String> arguments = parsed.arguments();
        if (arguments.isEmpty()) {
            return help(words);
        }
        Globals globals;
        try {
            globals = Globals.of(parsed, caller, caller.euid() == 0 && host.inUserNamespace());
            log = globals.log().map(path -> LogSink.open(path, caller, outlet, () -> host.launcher().lost(), globals.format(), globals.debug(), clock))
                    .orElseGet(() -> LogSink.standardError(caller, outlet, globals.format(), globals.debug(), clock));
        }
        catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return report("", Exhausted.told(e), 1);
        }
        return command(globals, arguments.getFirst(), arguments.subList(1, arguments.size()));
    }

    private OptionalInt command(Globals globals, String name, List<String> rest)
    {
        if (name.equals("help") || name.equals("h")) {
            return helpCommand(rest);
        }
        Optional<Verb> found = Verbs.named(name);
        if (found.isEmpty()) {
            return report("", new UsageException("No help topic for '" + name + "'"), NO_SUCH_COMMAND);
        }
        Verb verb = found.get();
        Words words = Lexicon.take(name, verb::words);
        try {
            return command(globals, name, verb, words, rest);
        }
        finally {
            Lexicon.giveBack(name, words);
        }
    }

    private OptionalInt command(Globals globals, String name, Verb verb, Words words, List<String> rest)
    {
        Parsed parsed;
        try {
            parsed = Parsed.parse(words, rest);
        }
        catch (IncorrectUsage e) {
            return incorrect(e, "Incorrect Usage: ");
        }
        if (parsed.flag("--help")) {
            return help(words);
        }
        Optional<String> miscounted = miscounted(name, words, parsed.arguments().size());
        if (miscounted.isPresent()) {
            out.print("Incorrect Usage.\n\n").print(HelpText.of(words));
            return report("", new UsageException(miscounted.get()), 1);
        }
        try {
            return verb.run(new Call(parsed, globals, caller, host, engine, out, err, log));
        }
        catch (InterruptedCommandException e) {
            return OptionalInt.of(SIGNALLED + e.signal());
        }
        catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return report(verb.failurePrefix(), Exhausted.told(e), verb.failureCode());
        }
    }

    private Optional<String> miscounted(String name, Words words, int count)
    {
        if (count >= words.least() && count <= words.most()) {
            return Optional.empty();
        }
        String bound = words.least() == words.most() ? "exactly " + words.least()
                : count < words.least() ? "a minimum of " + words.least()
                : "a maximum of " + words.most();
        return Optional.of(caller.program() + ": \"" + name + "\" requires " + bound + " argument(s)");
    }

    private OptionalInt help(Words words)
    {
        out.print(HelpText.of(words));
        return Verb.DONE;
    }

    private OptionalInt helpCommand(List<String> rest)
    {
        if (rest.isEmpty()) {
            return help(Globals.words());
        }
        String topic = rest.getFirst();
        Optional<Verb> verb = Verbs.named(topic).filter(shown -> Verbs.isListed(topic));
        return verb.isPresent() ? help(verb.get().words())
                : topic.equals("help") || topic.equals("h") ? help(Globals.words())
                : report("", new UsageException("No help topic for '" + topic + "'"), NO_SUCH_COMMAND);
    }

    private OptionalInt incorrect(IncorrectUsage e, String lead)
    {
        out.print(lead).print(Legible.lines(e.getMessage())).print("\n\n").print(HelpText.of(e.words()));
        return report("", new UsageException(e.getMessage()), 1);
    }

    /** One error record, the last of the log: managers show only that one. */
    private OptionalInt report(String prefix, RuntimeException failure, int code)
    {
        out.flush();
        err.flush();
        log.record(LogSink.Level.DEBUG, ErrorReport.trace(failure));
        String text = ErrorReport.text(prefix, failure);
        log.record(LogSink.Level.ERROR, text);
        if (!log.isStandardError()) {
            err.line(Legible.lines(text));
        }
        return OptionalInt.of(code);
    }
}
