/**
 * Failures as values: who must act, what failed, why, what to do.
 *
 * <p>Turns errno and findings into one line that stands alone plus a {@link io.jrunc.error.Diagnosis}.
 * Imports nothing of jrunc; every other package may import it. Prints nothing and picks no exit code: only {@code cli} does.
 */
package io.jrunc.error;
