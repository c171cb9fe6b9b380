package io.jrunc.os;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open descriptor and its owner. Whoever holds the object closes it, once; a closed one has no number any more.
 */
public final class Fd implements AutoCloseable
{
    /** The working directory as a starting point of relative names; never closed. */
    static final int CWD = -100;

    private final AtomicInteger number;

    private Fd(int number)
    {
        this.number = new AtomicInteger(number);
    }

    /** Takes over a descriptor that nobody else will close. */
    public static Fd adopt(int number)
    {
        if (number < 0) {
            throw new IllegalArgumentException("descriptor " + number);
        }
        return new Fd(number);
    }

    /** The number, for {@code os} and {@code channel}. @throws IllegalStateException after close() */
    public int raw()
    {
        int raw = number.get();
        if (raw < 0) {
            throw new IllegalStateException("this descriptor is closed");
        }
        return raw;
    }

    public boolean isOpen()
    {
        return number.get() >= 0;
    }

    /** Gives the descriptor up without closing it. */
    public int release()
    {
        int raw = number.getAndSet(-1);
        if (raw < 0) {
            throw new IllegalStateException("this descriptor is closed");
        }
        return raw;
    }

    /** Closes it; a second time does nothing. */
    @Override
    public void close()
    {
        int raw = number.getAndSet(-1);
        if (raw >= 0) {
            // Linux lets the number go even when it says EINTR; a second close could hit another thread's descriptor.
            Kernel.once(Nr.CLOSE, raw, 0, 0, 0, 0);
        }
    }

    @Override
    public String toString()
    {
        int raw = number.get();
        return raw < 0 ? "fd closed" : "fd " + raw;
    }
}
