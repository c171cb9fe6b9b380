package io.jrunc.spec;

/** What the kernel does when a rule matches. Source: OCI config-linux.md#seccomp. */
public enum SeccompAction implements SpecWord
{
    /** The old word for {@link #KILL_THREAD}. */
    KILL("SCMP_ACT_KILL", 0x00000000),
    KILL_THREAD("SCMP_ACT_KILL_THREAD", 0x00000000),
    KILL_PROCESS("SCMP_ACT_KILL_PROCESS", 0x80000000),
    TRAP("SCMP_ACT_TRAP", 0x00030000),
    ERRNO("SCMP_ACT_ERRNO", 0x00050000),
    NOTIFY("SCMP_ACT_NOTIFY", 0x7fc00000),
    TRACE("SCMP_ACT_TRACE", 0x7ff00000),
    LOG("SCMP_ACT_LOG", 0x7ffc0000),
    ALLOW("SCMP_ACT_ALLOW", 0x7fff0000);

    private final String word;
    private final int number;

    SeccompAction(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** SECCOMP_RET_* without data; libseccomp uses the same numbers. An errno or trace value goes into the low 16 bits. */
    public int number()
    {
        return number;
    }

    /** True for the actions that carry a value: errnoRet (default EPERM). */
    public boolean takesErrno()
    {
        return this == ERRNO || this == TRACE;
    }
}
