package io.jrunc.spec;

/** Comparisons of a system call argument. Source: OCI config-linux.md#seccomp. */
public enum SeccompOperator implements SpecWord
{
    NE("SCMP_CMP_NE", 1),
    LT("SCMP_CMP_LT", 2),
    LE("SCMP_CMP_LE", 3),
    EQ("SCMP_CMP_EQ", 4),
    GE("SCMP_CMP_GE", 5),
    GT("SCMP_CMP_GT", 6),
    MASKED_EQ("SCMP_CMP_MASKED_EQ", 7);

    private final String word;
    private final int number;

    SeccompOperator(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The value of libseccomp's enum scmp_compare. */
    public int number()
    {
        return number;
    }
}
