/**
 * Words in, words out: turns a caller's command line into one request to the library, and its answer or failure into text
 * and an exit code.
 *
 * <p>One verb is one class. Only this package prints and picks exit codes. It knows no kernel, no step and no socket: what
 * it needs of those it asks {@code lifecycle}. Reads nothing of its own process (environment, directory, standard streams),
 * because one engine serves many callers. Called by {@link io.jrunc.cli.Main}.
 */
package io.jrunc.cli;
