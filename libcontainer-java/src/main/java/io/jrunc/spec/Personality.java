package io.jrunc.spec;

import java.util.List;

/**
 * The execution domain. Source: OCI config-linux.md#personality.
 *
 * @param flags none are defined; ignored with a warning
 */
public record Personality(PersonalityDomain domain, List<String> flags)
{
    public Personality
    {
        flags = List.copyOf(flags);
    }
}
