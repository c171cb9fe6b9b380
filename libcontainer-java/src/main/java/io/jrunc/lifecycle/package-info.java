/**
 * Containers: what each command does, in terms of a plan, a shim, cgroups and state.
 *
 * <p>Turns immutable requests into containers, or into one exception that explains itself, with everything that was begun undone.
 * Knows no option words and prints nothing: {@code cli} does. Makes no foreign call; of {@code os} it holds only {@code Fd}.
 */
package io.jrunc.lifecycle;
