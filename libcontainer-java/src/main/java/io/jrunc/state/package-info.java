/**
 * What outlives a command: the state root, one directory per container, its lock and its journal.
 *
 * <p>Turns ids into directories and records into files that survive any crash: written beside, synced, renamed.
 * Decides nothing about containers; {@code lifecycle} asks and tells. Holds no cache: every command reads anew.
 */
package io.jrunc.state;
