/**
 * The bundle's config.json as values: OCI runtime-spec 1.3, the Linux part.
 *
 * <p>Turns JSON bytes into immutable records ({@link io.jrunc.spec.SpecParser}) and tells what contradicts itself in them
 * ({@link io.jrunc.spec.SpecValidator}); every fault carries its JSON path. Uses the specification's words only, knows nothing
 * of the host, touches no file. Called by cli (parsing only), lifecycle, plan, cgroup, hooks, console, seccomp.
 * May import {@code io.jrunc.error} and Jackson's tree model. An empty string means the same as an absent one, as every
 * manager written in Go expects.
 */
package io.jrunc.spec;
