package io.jrunc.cli;

import java.util.OptionalInt;

/**
 * One command: its grammar, and what it asks of the library. Made anew for each call; keeps nothing between calls.
 */
interface Verb
{
    OptionalInt DONE = OptionalInt.of(0);

    Words words();

    /**
     * @return the exit code: {@link #DONE} unless a container's own program decides; empty = that program runs on, and its launcher
     *     knows what is left to do
     * @throws io.jrunc.error.JruncException what stands in the way, for the report
     */
    OptionalInt run(Call call);

    /** What stands before the message of a failure, e.g. {@code "exec failed: "}. */
    default String failurePrefix()
    {
        return "";
    }

    /** The exit code of a failure of jrunc itself. */
    default int failureCode()
    {
        return 1;
    }
}
