package io.jrunc.spec;

/** Mode flags of set_mempolicy(2). Source: OCI config-linux.md#memory-policy. */
public enum MemoryPolicyFlag implements SpecWord
{
    STATIC_NODES("MPOL_F_STATIC_NODES", 1 << 15),
    RELATIVE_NODES("MPOL_F_RELATIVE_NODES", 1 << 14),
    NUMA_BALANCING("MPOL_F_NUMA_BALANCING", 1 << 13);

    private final String word;
    private final int bit;

    MemoryPolicyFlag(String word, int bit)
    {
        this.word = word;
        this.bit = bit;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The bit that is added to the mode. */
    public int bit()
    {
        return bit;
    }
}
