package io.jrunc.spec;

/** Flags of seccomp(2). TSYNC is accepted and does nothing: there is one thread. Source: OCI config-linux.md#seccomp. */
public enum SeccompFlag implements SpecWord
{
    TSYNC("SECCOMP_FILTER_FLAG_TSYNC", 1),
    LOG("SECCOMP_FILTER_FLAG_LOG", 1 << 1),
    SPEC_ALLOW("SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1 << 2),
    WAIT_KILLABLE_RECV("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5);

    private final String word;
    private final int bit;

    SeccompFlag(String word, int bit)
    {
        this.word = word;
        this.bit = bit;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The bit of linux/seccomp.h. */
    public int bit()
    {
        return bit;
    }
}
