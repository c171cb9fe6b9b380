package io.jrunc.spec;

/**
 * Speed limit of one block device. Source: OCI config-linux.md#block-io.
 *
 * @param rate bytes or operations a second, unsigned; 0 lifts the limit
 */
public record ThrottleDevice(long major, long minor, long rate)
{
}
