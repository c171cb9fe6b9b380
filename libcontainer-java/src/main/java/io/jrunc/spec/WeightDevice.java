package io.jrunc.spec;

import java.util.OptionalInt;

/** Block I/O weight of one device; at least one of the weights is given. Source: OCI config-linux.md#block-io. */
public record WeightDevice(long major, long minor, OptionalInt weight, OptionalInt leafWeight)
{
    public WeightDevice
    {
        new Problems()
                .unless(weight.isPresent() || leafWeight.isPresent(), "", "weightDevice needs weight or leafWeight")
                .throwIfAny();
    }
}
