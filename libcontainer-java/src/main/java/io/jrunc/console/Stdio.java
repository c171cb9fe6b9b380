package io.jrunc.console;

import io.jrunc.error.UsageException;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the standard streams of a new process are made.
 */
public sealed interface Stdio
{
    /** The caller's own descriptors 0-2, handed on untouched: detached without a terminal. */
    record Inherit() implements Stdio {}

    /** Three pipes that the launcher copies: attached without a terminal. The container never holds the caller's terminal. */
    record Pipes() implements Stdio {}

    /** A pty of the container's own devpts, relayed by the launcher to the caller's terminal. */
    record RelayedTerminal() implements Stdio {}

    /** A pty whose master goes to whoever listens at {@code socket}. */
    record HandedTerminal(Path socket) implements Stdio {}

    default boolean terminal()
    {
        return this instanceof RelayedTerminal || this instanceof HandedTerminal;
    }

    /**
     * The one table of terminal, detached and console socket. Source: checklist of runc's behaviour, io.05 and io.06.
     *
     * @param terminal {@code process.terminal}, or exec's {@code --tty}
     * @param detached the command returns before the process ends
     * @throws UsageException for combinations that cannot work
     */
    static Stdio decide(boolean terminal, boolean detached, Optional<Path> consoleSocket)
    {
        if (detached && terminal && consoleSocket.isEmpty()) {
            throw new UsageException("cannot allocate tty if jrunc will detach without setting console socket");
        }
        if ((!detached || !terminal) && consoleSocket.isPresent()) {
            throw new UsageException("cannot use console socket if jrunc will not detach or allocate tty");
        }
        if (terminal) {
            return consoleSocket.<Stdio>map(HandedTerminal::new).orElseGet(RelayedTerminal::new);
        }
        return detached ? new Inherit() : new Pipes();
    }
}
