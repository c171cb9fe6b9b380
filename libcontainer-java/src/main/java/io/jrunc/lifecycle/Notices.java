package io.jrunc.lifecycle;

/** Where remarks go that are no failure. The command line makes log records of them. */
public interface Notices
{
    void warn(String text);

    /** For who asked for details: whoever composes many such remarks asks {@link #debugging} first. */
    void debug(String text);

    boolean debugging();
}
