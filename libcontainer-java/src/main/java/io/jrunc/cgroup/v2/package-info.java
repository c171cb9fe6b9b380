/**
 * The controllers of cgroup v2, one file each, all alike: {@code writes} turns OCI resources into planned writes,
 * {@code read} turns kernel files into statistics.
 *
 * <p>Plans only; {@link io.jrunc.cgroup.CgroupDirectory} writes. Called by the driver of {@code io.jrunc.cgroup}.
 * Source: OCI config-linux.md, Documentation/admin-guide/cgroup-v2.rst.
 */
package io.jrunc.cgroup.v2;
