package io.jrunc.spec;

/** Modes of set_mempolicy(2). Source: OCI config-linux.md#memory-policy. */
public enum MemoryPolicyMode implements SpecWord
{
    DEFAULT("MPOL_DEFAULT", 0),
    PREFERRED("MPOL_PREFERRED", 1),
    BIND("MPOL_BIND", 2),
    INTERLEAVE("MPOL_INTERLEAVE", 3),
    LOCAL("MPOL_LOCAL", 4),
    PREFERRED_MANY("MPOL_PREFERRED_MANY", 5),
    WEIGHTED_INTERLEAVE("MPOL_WEIGHTED_INTERLEAVE", 6);

    private final String word;
    private final int number;

    MemoryPolicyMode(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The mode number of linux/mempolicy.h. */
    public int number()
    {
        return number;
    }
}
