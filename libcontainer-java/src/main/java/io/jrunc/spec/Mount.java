package io.jrunc.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One mount, as the container asked for it. Source: OCI config.md#mounts.
 *
 * @param destination path inside the container, never empty; a relative one counts from / (deprecated)
 * @param type file system type; meaningless for bind mounts
 * @param source host path (a relative one counts from the bundle), device or pseudo-source such as {@code proc}
 * @param options words as written
 * @param uidMappings mapping of this mount alone; none = the container's, if the options ask for one
 * @param gidMappings likewise
 * @param parsedOptions what the option words mean
 */
public record Mount(String destination, Optional<String> type, Optional<String> source, List<String> options,
        List<IdMapping> uidMappings, List<IdMapping> gidMappings, MountOptions parsedOptions)
{
    public Mount
    {
        options = List.copyOf(options);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
    }

    public Mount(String destination, Optional<String> type, Optional<String> source, List<String> options, List<IdMapping> uidMappings, List<IdMapping> gidMappings)
    {
        this(destination, type, source, options, uidMappings, gidMappings, parsed(destination, options));
    }

    private static MountOptions parsed(String destination, List<String> options)
    {
        Problems problems = new Problems().unless(!destination.isEmpty(), "destination", "must not be empty");
        List<MountOptions> parsed = new ArrayList<>();
        problems.attempt("options", () -> parsed.add(MountOptions.parse(options)));
        problems.throwIfAny();
        return parsed.getFirst();
    }

    /** True if the mount has mappings of its own; it is then id-mapped even without the option {@code idmap}. */
    public boolean hasMappings()
    {
        return !uidMappings.isEmpty() || !gidMappings.isEmpty();
    }
}
