package io.jrunc.spec;

/** Limits of setrlimit(2). Source: OCI config.md#posix-process. */
public enum RlimitType implements SpecWord
{
    CPU("RLIMIT_CPU", 0),
    FSIZE("RLIMIT_FSIZE", 1),
    DATA("RLIMIT_DATA", 2),
    STACK("RLIMIT_STACK", 3),
    CORE("RLIMIT_CORE", 4),
    RSS("RLIMIT_RSS", 5),
    NPROC("RLIMIT_NPROC", 6),
    NOFILE("RLIMIT_NOFILE", 7),
    MEMLOCK("RLIMIT_MEMLOCK", 8),
    AS("RLIMIT_AS", 9),
    LOCKS("RLIMIT_LOCKS", 10),
    SIGPENDING("RLIMIT_SIGPENDING", 11),
    MSGQUEUE("RLIMIT_MSGQUEUE", 12),
    NICE("RLIMIT_NICE", 13),
    RTPRIO("RLIMIT_RTPRIO", 14),
    RTTIME("RLIMIT_RTTIME", 15);

    private final String word;
    private final int number;

    RlimitType(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The resource number of prlimit(2). */
    public int number()
    {
        return number;
    }
}
