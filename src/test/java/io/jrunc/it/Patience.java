package io.jrunc.it;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How long the tests wait for what may never come, and how they look whether it has. */
final class Patience
{
    /** The limits in the tests are those of a quiet machine; a busy one has so many times as long. Whoever does not fail waits for none of them. */
    private static final int BUSY = 6;
    /** Between two looks: long enough that what is looked for has the processor. */
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final Duration USUAL = Duration.ofSeconds(20);

    private Patience() {}

    static Duration with(Duration limit)
    {
        return limit.multipliedBy(BUSY);
    }

    /** Looks again until it is so. @return whether it is, at the last look after the usual limit */
    static boolean until(BooleanSupplier condition)
    {
        long end = System.nanoTime() + with(USUAL).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        return true;
    }
}
