package io.jrunc.spec;

/** Policies of sched_setattr(2). Source: OCI config.md#linux-process. */
public enum SchedulerPolicy implements SpecWord
{
    OTHER("SCHED_OTHER", 0),
    FIFO("SCHED_FIFO", 1),
    RR("SCHED_RR", 2),
    BATCH("SCHED_BATCH", 3),
    ISO("SCHED_ISO", 4),
    IDLE("SCHED_IDLE", 5),
    DEADLINE("SCHED_DEADLINE", 6);

    private final String word;
    private final int number;

    SchedulerPolicy(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The policy number of linux/sched.h. */
    public int number()
    {
        return number;
    }
}
