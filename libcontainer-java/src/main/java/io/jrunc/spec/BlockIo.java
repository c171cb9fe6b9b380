package io.jrunc.spec;

import java.util.List;
import java.util.OptionalInt;

/**
 * Block I/O weights and limits. Source: OCI config-linux.md#block-io.
 *
 * @param weight 10 to 1000; 0 means the same as not given
 * @param leafWeight likewise; cgroup v1 with the CFQ scheduler only
 */
public record BlockIo(OptionalInt weight, OptionalInt leafWeight, List<WeightDevice> weightDevice,
        List<ThrottleDevice> throttleReadBpsDevice, List<ThrottleDevice> throttleWriteBpsDevice,
        List<ThrottleDevice> throttleReadIopsDevice, List<ThrottleDevice> throttleWriteIopsDevice)
{
    public BlockIo
    {
        weightDevice = List.copyOf(weightDevice);
        throttleReadBpsDevice = List.copyOf(throttleReadBpsDevice);
        throttleWriteBpsDevice = List.copyOf(throttleWriteBpsDevice);
        throttleReadIopsDevice = List.copyOf(throttleReadIopsDevice);
        throttleWriteIopsDevice = List.copyOf(throttleWriteIopsDevice);
    }
}
