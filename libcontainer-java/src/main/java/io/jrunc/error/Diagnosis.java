package io.jrunc.error;

import java.util.Optional;

/**
 * What is known about a failure beyond its first line. Printed below it, one labelled line each.
 *
 * @param during what was being done, e.g. {@code "mounting, step 7 of 31"}
 * @param cause why it probably happened; says "probably" when it is a guess
 * @param fix what the reader can do
 * @param leftBehind what still exists of the half-done work; empty = not known
 */
public record Diagnosis(Optional<String> during, Optional<String> cause, Optional<String> fix, Optional<String> leftBehind)
{
    public static final Diagnosis NONE = new Diagnosis(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public Diagnosis withDuring(String text)
    {
        return new Diagnosis(Optional.of(text), cause, fix, leftBehind);
    }

    public Diagnosis withCause(String text)
    {
        return new Diagnosis(during, Optional.of(text), fix, leftBehind);
    }

    public Diagnosis withFix(String text)
    {
        return new Diagnosis(during, cause, Optional.of(text), leftBehind);
    }

    public Diagnosis withLeftBehind(String text)
    {
        return new Diagnosis(during, cause, fix, Optional.of(text));
    }
}
