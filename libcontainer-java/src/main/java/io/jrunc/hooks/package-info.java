/**
 * Hooks: the programs of the bundle's author that run at fixed moments of a container's life.
 *
 * <p>Turns a hook of config.json into a request for the shim, and what came back into a sentence.
 * Starts nothing itself: {@code lifecycle} sends the request to the launcher or to the init.
 */
package io.jrunc.hooks;
