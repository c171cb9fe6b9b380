package io.jrunc.spec;

/**
 * Size of the terminal in characters, 0 to 65535 each. Applies only if both are not 0 and the process has a terminal.
 * Source: OCI config.md#process.
 */
public record ConsoleSize(int height, int width)
{
    /** The largest that the kernel's struct winsize can hold. */
    public static final int MAX = 0xffff;

    public ConsoleSize
    {
        new Problems()
                .unless(height >= 0 && height <= MAX, "height", "must be between 0 and " + MAX)
                .unless(width >= 0 && width <= MAX, "width", "must be between 0 and " + MAX)
                .throwIfAny();
    }

    /** False if either is 0: then the terminal keeps its own size. */
    public boolean isSet()
    {
        return height != 0 && width != 0;
    }
}
