/**
 * Terminals: which of the caller's descriptors become the container's standard streams.
 *
 * <p>Turns {@code process.terminal}, the command's options and what the caller holds into one decision, or one sentence why not.
 * Opens nothing: the shim makes the pty inside the container and the launcher relays it.
 */
package io.jrunc.console;
