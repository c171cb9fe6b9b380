package io.jrunc.spec;

/** Flags of sched_setattr(2). Source: OCI config.md#linux-process. */
public enum SchedulerFlag implements SpecWord
{
    RESET_ON_FORK("SCHED_FLAG_RESET_ON_FORK", 0x01),
    RECLAIM("SCHED_FLAG_RECLAIM", 0x02),
    DL_OVERRUN("SCHED_FLAG_DL_OVERRUN", 0x04),
    KEEP_POLICY("SCHED_FLAG_KEEP_POLICY", 0x08),
    KEEP_PARAMS("SCHED_FLAG_KEEP_PARAMS", 0x10),
    UTIL_CLAMP_MIN("SCHED_FLAG_UTIL_CLAMP_MIN", 0x20),
    UTIL_CLAMP_MAX("SCHED_FLAG_UTIL_CLAMP_MAX", 0x40);

    private final String word;
    private final int bit;

    SchedulerFlag(String word, int bit)
    {
        this.word = word;
        this.bit = bit;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The bit in sched_attr.sched_flags. */
    public int bit()
    {
        return bit;
    }
}
