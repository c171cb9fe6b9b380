package io.jrunc.lifecycle;

import java.time.Duration;

/**
 * How long each kind of wait may take. No command waits without one of these.
 *
 * <p>The system property {@code jrunc.deadline.step.seconds}, a line of the installation's jvm.options, sets that of a step: for
 * machines that are slow beyond reason, and for tests that are not to wait.
 */
final class Deadlines
{
    /** An answer of the shim to a batch: mounts of a dead network server are the slowest thing in there. */
    static final Duration STEP = Duration.ofSeconds(Integer.getInteger("jrunc.deadline.step.seconds", 30));

    /** Another command that holds the container. */
    static final Duration LOCK = Duration.ofSeconds(30);

    /** A process that got SIGKILL until it is gone. */
    static final Duration DEATH = Duration.ofSeconds(10);

    /** All processes of a cgroup until they stand still. */
    static final Duration FREEZE = Duration.ofSeconds(10);

    /** Removal of a cgroup whose processes were killed. */
    static final Duration CGROUP = Duration.ofSeconds(10);

    /** The init from the start byte to its exec, startContainer hooks apart. */
    static final Duration EXEC = STEP;

    /**
     * criu, which may have to write all of a machine's memory over a network. The system property {@code jrunc.deadline.criu.seconds}
     * sets it.
     */
    static final Duration CRIU = Duration.ofSeconds(Integer.getInteger("jrunc.deadline.criu.seconds", 3600));

    private Deadlines() {}
}
