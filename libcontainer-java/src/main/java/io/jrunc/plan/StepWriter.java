package io.jrunc.plan;

import java.util.List;

/** Takes the arguments of one step, in order. The channel's implementation puts them on the wire. */
public interface StepWriter
{
    StepWriter i(long value);

    /** @param value without NUL */
    StepWriter s(String value);

    StepWriter b(byte[] value);

    StepWriter l(List<String> value);

    /** @param slot a {@link Slots} number, or {@link Slots#NONE} */
    StepWriter f(int slot);
}
