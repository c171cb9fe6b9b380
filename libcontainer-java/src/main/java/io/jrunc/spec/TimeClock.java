package io.jrunc.spec;

/** Clocks that a time namespace can shift. Source: OCI config-linux.md#timeoffsets. */
public enum TimeClock implements SpecWord
{
    MONOTONIC("monotonic", 1),
    BOOTTIME("boottime", 7);

    private final String word;
    private final int number;

    TimeClock(String word, int number)
    {
        this.word = word;
        this.number = number;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The clock id of clock_gettime(2); timens_offsets takes the word or this number. */
    public int number()
    {
        return number;
    }
}
