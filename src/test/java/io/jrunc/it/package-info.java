/**
 * The kit of the tests with real containers.
 *
 * <p>Turns words into commands of the installed program, and what they leave into assertions: {@code Jrunc} runs commands below
 * a state root of its own, {@code Bundle} makes a root file system and its config.json, {@code Host} asks the machine.
 * Knows jrunc by its command line only, never its classes; waits for events, never for time. Needs root.
 * Used by {@code command}, {@code feature} and {@code manager}, each once with the resident engine and once without.
 */
package io.jrunc.it;
