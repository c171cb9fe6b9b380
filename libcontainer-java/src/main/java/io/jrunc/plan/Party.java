package io.jrunc.plan;

/** Who executes a step. The number is the frame's addressee ({@code enum party} of frame.h). */
public enum Party
{
    /** The process the caller started, in the caller's namespaces. */
    LAUNCHER(1, 'L'),
    /** The container's first process, until it becomes the user's program. */
    INIT(2, 'I');

    private final int number;
    private final char letter;

    Party(int number, char letter)
    {
        this.number = number;
        this.letter = letter;
    }

    public int number()
    {
        return number;
    }

    /** As plan_ops.def writes it. */
    public char letter()
    {
        return letter;
    }
}
