package io.jrunc.spec;

/** Execution domains of personality(2). Source: OCI config-linux.md#personality. */
public enum PersonalityDomain implements SpecWord
{
    LINUX("LINUX", 0x0000),
    LINUX32("LINUX32", 0x0008);

    private final String word;
    private final int number;

    PersonalityDomain(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The persona, PER_LINUX or PER_LINUX32. */
    public int number()
    {
        return number;
    }
}
