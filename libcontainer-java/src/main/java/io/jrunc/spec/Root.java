package io.jrunc.spec;

/**
 * The container's root file system. Source: OCI config.md#root.
 *
 * @param path as written, never empty: absolute, or relative to the bundle
 * @param readonly true: / is read-only for the program
 */
public record Root(String path, boolean readonly)
{
    public Root
    {
        new Problems().unless(!path.isEmpty(), "path", "must not be empty").throwIfAny();
    }
}
