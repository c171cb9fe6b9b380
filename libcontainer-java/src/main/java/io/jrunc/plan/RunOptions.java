package io.jrunc.plan;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * What the caller decided on the command line, as far as it shapes the plan.
 *
 * @param id of the container
 * @param bundle absolute path
 * @param listenFds descriptors from 3 up that socket activation hands on
 * @param preserveFds descriptors after those that the caller hands on
 * @param notifyDirectory host directory whose {@code notify.sock} the container may use; empty = none
 */
public record RunOptions(
        String id,
        String bundle,
        Start start,
        Stdio stdio,
        boolean noPivot,
        boolean noNewKeyring,
        boolean subreaper,
        int listenFds,
        int preserveFds,
        Optional<String> notifyDirectory)
{
    public RunOptions
    {
        requireNonNull(start);
        requireNonNull(stdio);
        requireNonNull(notifyDirectory);
        if (!bundle.startsWith("/")) {
            throw new IllegalArgumentException("bundle " + bundle);
        }
        if (listenFds < 0 || preserveFds < 0) {
            throw new IllegalArgumentException("negative number of descriptors");
        }
    }

    /** What happens once the process is ready. */
    public enum Start
    {
        /** Wait for {@code start}; the launcher leaves. */
        CREATE,
        /** Go on; the launcher stays and hands on signals and the exit code. */
        RUN,
        /** Go on; the launcher leaves. */
        RUN_DETACHED
    }

    /** Where the process's standard streams come from. */
    public sealed interface Stdio
    {
        /** The caller's own. */
        record Inherited() implements Stdio {}

        /** Pipes that the launcher copies. */
        record Piped() implements Stdio {}

        /**
         * A terminal of the container's own devpts.
         *
         * @param rows 0 with {@code columns} 0 = leave the kernel's
         * @param socket who receives the master; empty = the launcher, which relays it to the caller's terminal
         */
        record Terminal(int rows, int columns, Optional<String> socket) implements Stdio {}
    }
}
