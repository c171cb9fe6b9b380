package io.jrunc.lifecycle;

/** Where remarks go that are no failure. The command line makes log records of them. */
public interface Notices
{
    void warn(String text);

    void debug(String text);
}
