package io.jrunc.spec;

/** How mounts spread to and from a mount. Source: OCI config-linux.md#rootfs-mount-propagation, config.md#mounts. */
public enum Propagation implements SpecWord
{
    PRIVATE("private", 1 << 18, false),
    RPRIVATE("rprivate", 1 << 18, true),
    SHARED("shared", 1 << 20, false),
    RSHARED("rshared", 1 << 20, true),
    SLAVE("slave", 1 << 19, false),
    RSLAVE("rslave", 1 << 19, true),
    UNBINDABLE("unbindable", 1 << 17, false),
    RUNBINDABLE("runbindable", 1 << 17, true);

    private static final int MS_REC = 1 << 14;

    private final String word;
    private final int type;
    private final boolean recursive;

    Propagation(String word, int type, boolean recursive)
    {
        this.word = word;
        this.type = type;
        this.recursive = recursive;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE, without MS_REC; mount_setattr(2) takes the same number. */
    public int type()
    {
        return type;
    }

    public boolean recursive()
    {
        return recursive;
    }

    /** The flags for mount(2): {@link #type()}, with MS_REC where recursive. */
    public int mountFlags()
    {
        return recursive ? type | MS_REC : type;
    }
}
