/**
 * One class for each command, or for commands that only make sense together.
 *
 * <p>Turns a command's words into what it printed, its exit code and the state of its container; ends with nothing left over.
 * What a field of config.json does is {@code feature}'s. Run by {@code scripts/test}.
 */
package io.jrunc.it.command;
