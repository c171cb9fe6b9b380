package io.jrunc.cli;

/**
 * The words do not fit the command's grammar: help follows the message on standard output.
 */
final class IncorrectUsage extends Exception
{
    /** The grammar that was violated, for its help text. */
    private final transient Words words;

    IncorrectUsage(Words words, String message)
    {
        super(message, null, false, false);
        this.words = words;
    }

    Words words()
    {
        return words;
    }
}
