package io.jrunc.cli;

/**
 * The caller's standard output and standard error. The engine has none of its own: the launcher writes.
 */
interface Outlet
{
    int OUT = 1;
    int ERR = 2;

    /** Written when this returns, or the caller is gone and nobody reads it. */
    void write(int fd, byte[] bytes);
}
