package io.jrunc.plan;

/** Numbers under which the shim keeps descriptors, as {@code native-shim/src/shim.h} has them; a test compares the two. */
public final class Slots
{
    public static final int COUNT = 512;
    public static final int NONE = -1;
    /** init: the container's root directory. */
    public static final int ROOT = 0;
    /** init: start fifo, read end. */
    public static final int START = 1;
    /** init: report fifo, write end. */
    public static final int REPORT = 2;
    /** launcher: pty master. */
    public static final int CONSOLE = 3;
    /** launcher: cgroup v2 directory to be cloned into. */
    public static final int CGROUP = 4;
    /** launcher: a network namespace made ahead, for a clone that would make one. */
    public static final int NETWORK = 5;
    /** launcher: a sealed copy of the shim, for its init to run from. */
    public static final int SHIM = 6;
    /** init: namespaces to join, {@code NAMESPACE .. NAMESPACE + 15}. */
    public static final int NAMESPACE = 8;
    /** init: files of cgroup v1 to join through, one a hierarchy, from here up. */
    public static final int JOIN = 24;
    /** init: mount sources of the running batch, from here up. */
    public static final int SOURCE = 64;

    private Slots()
    {
    }
}
