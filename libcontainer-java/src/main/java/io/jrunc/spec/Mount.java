package io.jrunc.spec;

import java.util.List;
import java.util.Optional;

/**
 * One mount, as the container asked for it. Source: OCI config.md#mounts.
 *
 * @param destination path inside the container, never empty; a relative one counts from / (deprecated)
 * @param type file system type; meaningless for bind mounts
 * @param source host path (a relative one counts from the bundle), device or pseudo-source such as {@code proc}
 * @param options words as written; {@link #parsedOptions()} says what they mean
 * @param uidMappings mapping of this mount alone; none = the container's, if the options ask for one
 * @param gidMappings likewise
 */
public record Mount(String destination, Optional<String> type, Optional<String> source, List<String> options,
        List<IdMapping> uidMappings, List<IdMapping> gidMappings)
{
    public Mount
    {
        options = List.copyOf(options);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
        List<String> words = options;
        Problems problems = new Problems().unless(!destination.isEmpty(), "destination", "must not be empty");
        problems.attempt("options", () -> MountOptions.parse(words));
        problems.throwIfAny();
    }

    /** What the option words mean; never fails, because a mount with malformed ones cannot be made. */
    public MountOptions parsedOptions()
    {
        return MountOptions.parse(options);
    }

    /** True if the mount has mappings of its own; it is then id-mapped even without the option {@code idmap}. */
    public boolean hasMappings()
    {
        return !uidMappings.isEmpty() || !gidMappings.isEmpty();
    }
}
