package io.jrunc.spec;

/** When a hook runs, in the order of a container's life. Source: OCI config.md#posix-platform-hooks. */
public enum HookKind implements SpecWord
{
    /** Deprecated by the specification, still used by managers. */
    PRESTART("prestart"),
    CREATE_RUNTIME("createRuntime"),
    CREATE_CONTAINER("createContainer"),
    START_CONTAINER("startContainer"),
    POSTSTART("poststart"),
    POSTSTOP("poststop");

    private final String word;

    HookKind(String word)
    {
        this.word = word;
    }

    @Override
    public String word()
    {
        return word;
    }
}
