/**
 * Which devices a container may touch: rules, their normal form, and the two shapes the kernel takes them in.
 *
 * <p>Turns ordered OCI rules into a default plus exceptions, and that into lines for {@code devices.allow}/{@code deny}
 * (cgroup v1) or one eBPF program (cgroup v2). Opens no cgroup file: {@code cgroup} does. Pure but for
 * {@link io.jrunc.cgroup.device.DeviceFilterLoader}, which speaks bpf(2).
 */
package io.jrunc.cgroup.device;
