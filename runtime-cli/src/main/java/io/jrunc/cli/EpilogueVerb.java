package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.util.List;
import java.util.OptionalInt;

/**
 * {@code jrunc epilogue ID PID STARTTIME CODE}: what a launcher becomes when the program of its attached container has ended and no
 * engine is left to remove that container. Not for people: help does not show it.
 */
final class EpilogueVerb implements Verb
{
    @Override
    public Words words()
    {
        return Words.command("epilogue", "remove a container that ran attached, now that its program has ended")
                .synopsis("<container-id> <pid> <start-time> <exit-code>")
                .about("The launcher runs it by itself.")
                .exactly(4);
    }

    @Override
    public OptionalInt run(Call call)
    {
        List<String> arguments = call.arguments();
        int code = (int) number(arguments.get(3));
        call.containers().removeEnded(call.id(), (int) number(arguments.get(1)), number(arguments.get(2)));
        return OptionalInt.of(code);
    }

    private static long number(String text)
    {
        try {
            return Long.parseLong(text);
        }
        catch (NumberFormatException e) {
            throw new UsageException(GoValues.quote(text) + " is not a number");
        }
    }

    /** For its caller it is the end of a {@code run}. */
    @Override
    public String failurePrefix()
    {
        return HelpText.PROGRAM + " run failed: ";
    }
}
