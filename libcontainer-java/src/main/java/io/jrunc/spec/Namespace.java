package io.jrunc.spec;

import java.util.Optional;

/**
 * A namespace of the container. Source: OCI config-linux.md#namespaces.
 *
 * @param path absolute, in the runtime's mount namespace: the namespace to join; empty = make a new one
 */
public record Namespace(NamespaceType type, Optional<String> path)
{
    public Namespace
    {
        String text = path.orElse("/");
        new Problems()
                .unless(text.startsWith("/"), "path", "namespace path must be absolute, is " + Problems.quote(text))
                .unless(text.indexOf(',') < 0, "path", "invalid namespace path " + Problems.quote(text) + ": must not contain ','")
                .throwIfAny();
    }
}
