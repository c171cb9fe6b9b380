package io.jrunc.channel;

/**
 * Something that the shim had to say that is no failure.
 *
 * @param level as {@code native-shim/src/frame.h} numbers them: 0 debug, 1 information, 2 warning, 3 error
 */
public record LogRecord(int level, String text)
{
    private static final int WARNING = 2;

    public boolean warning()
    {
        return level >= WARNING;
    }
}
