package io.jrunc.spec;

import java.util.OptionalLong;

/** Limits of one RDMA device, unsigned 32 bit each; at least one is given. Source: OCI config-linux.md#rdma. */
public record Rdma(OptionalLong hcaHandles, OptionalLong hcaObjects)
{
    public Rdma
    {
        new Problems()
                .unless(hcaHandles.isPresent() || hcaObjects.isPresent(), "", "rdma entry needs hcaHandles or hcaObjects")
                .throwIfAny();
    }
}
