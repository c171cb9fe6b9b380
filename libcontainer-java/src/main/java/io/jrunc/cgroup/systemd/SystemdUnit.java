package io.jrunc.cgroup.systemd;

/**
 * A unit that was made for a container, as it is remembered.
 *
 * @param description what it was given for one: only a unit that still has it is ours to stop
 */
public record SystemdUnit(String name, String description, Bus bus) {}
