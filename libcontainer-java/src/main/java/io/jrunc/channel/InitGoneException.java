package io.jrunc.channel;

import java.util.OptionalInt;

/** The init ended while an answer of it was awaited. */
public final class InitGoneException extends RuntimeException
{
    private final transient OptionalInt waitStatus;

    public InitGoneException(OptionalInt waitStatus)
    {
        super("the init ended" + (waitStatus.isPresent() ? " with wait status 0x" + Integer.toHexString(waitStatus.getAsInt()) : ""));
        this.waitStatus = waitStatus;
    }

    /** As wait(2) gives it; empty when it was not seen. */
    public OptionalInt waitStatus()
    {
        return waitStatus;
    }
}
