package io.jrunc.cli;

/**
 * What the resident engine tells about itself, and the one thing it can be asked to do.
 */
interface ResidentStatus
{
    /** A few lines, {@code name: value}. */
    String text();

    /** No new callers from now on; it ends when those at work have been served. */
    void stop();
}
