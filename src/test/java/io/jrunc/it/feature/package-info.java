/**
 * One class for each part of config.json, and of what a container promises: seen from inside wherever it can be.
 *
 * <p>Turns a setting into what a program in the container finds, or into the words of the refusal. How a command takes its options
 * is {@code command}'s. Run by {@code scripts/test}.
 */
package io.jrunc.it.feature;
