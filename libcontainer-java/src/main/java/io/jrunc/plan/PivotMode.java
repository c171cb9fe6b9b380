package io.jrunc.plan;

/** How the container's root becomes {@code /}; the ordinal is the argument of {@code pivot_root}. */
public enum PivotMode
{
    PIVOT_ROOT,
    /** For a root on the initial ramfs, where pivot_root(2) is impossible. */
    MOVE_AND_CHROOT,
    /** Without a mount namespace of its own. */
    CHROOT
}
