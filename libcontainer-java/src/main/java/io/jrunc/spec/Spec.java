package io.jrunc.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A bundle's config.json. Source: OCI config.md.
 *
 * @param mounts in the order they are made
 * @param hostname empty = leave it alone
 * @param domainname NIS domain name; empty = leave it alone
 * @param annotations keys are never empty
 */
public record Spec(RuntimeSpecVersion ociVersion, Root root, ContainerProcess process, List<Mount> mounts, Optional<String> hostname,
        Optional<String> domainname, Hooks hooks, Map<String, String> annotations, Linux linux)
{
    public Spec
    {
        mounts = List.copyOf(mounts);
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
        new Problems().unless(!annotations.containsKey(""), "annotations", "keys must not be empty").throwIfAny();
    }
}
