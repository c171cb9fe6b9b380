/**
 * The machine: what it has, and the few things the engine does to it beside cgroups.
 *
 * <p>Turns /proc, /sys and probes into facts, host paths into verified descriptors, and a pid into a process that cannot be
 * mistaken for another. Knows no container; {@code plan} sees its facts only.
 */
package io.jrunc.host;
