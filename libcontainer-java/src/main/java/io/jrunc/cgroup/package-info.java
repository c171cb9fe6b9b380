/**
 * The container's cgroup: where it lies, what is written there, what it counts, how it is frozen, killed and removed.
 *
 * <p>Turns {@link io.jrunc.spec.Resources} into planned writes (data, pure) and carries them out below verified hierarchy
 * roots; cgroup v1, hybrid and v2 are siblings behind {@link io.jrunc.cgroup.CgroupDriver}. Called by lifecycle only.
 * May import spec, host, os, error. Starts no process, waits never longer than told, keeps nothing but the roots' descriptors.
 */
package io.jrunc.cgroup;
