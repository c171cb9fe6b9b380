package io.jrunc.spec;

/** Classes of ioprio_set(2). Source: OCI config.md#linux-process. */
public enum IoPriorityClass implements SpecWord
{
    RT("IOPRIO_CLASS_RT", 1),
    BE("IOPRIO_CLASS_BE", 2),
    IDLE("IOPRIO_CLASS_IDLE", 3);

    private final String word;
    private final int number;

    IoPriorityClass(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The class number of linux/ioprio.h. */
    public int number()
    {
        return number;
    }
}
