package io.jrunc.spec;

import java.util.List;

/**
 * The five capability sets. Names as written: what the kernel or jrunc does not know is a warning, not an error, and is decided
 * where the kernel is known ({@link Capability#mask}). Source: OCI config.md#linux-process.
 */
public record Capabilities(List<String> bounding, List<String> effective, List<String> inheritable, List<String> permitted,
        List<String> ambient)
{
    public Capabilities
    {
        bounding = List.copyOf(bounding);
        effective = List.copyOf(effective);
        inheritable = List.copyOf(inheritable);
        permitted = List.copyOf(permitted);
        ambient = List.copyOf(ambient);
    }
}
