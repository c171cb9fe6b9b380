/**
 * What {@code --systemd-cgroup} asks of systemd: one unit a container, its place and its properties.
 *
 * <p>Turns a cgroupsPath into a unit, OCI resources and annotations into properties, and speaks to systemd. Writes no cgroup file:
 * {@link io.jrunc.cgroup.SystemdDriver} has the drivers of cgroup files under it. Loaded by nobody who does not want it.
 */
package io.jrunc.cgroup.systemd;
