package io.jrunc.cli;

/**
 * One command: its grammar, and what it asks of the library. Made anew for each call; keeps nothing between calls.
 */
interface Verb
{
    Words words();

    /**
     * @return the exit code; 0 unless a container's own program decides
     * @throws io.jrunc.error.JruncException what stands in the way, for the report
     */
    int run(Call call);

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
