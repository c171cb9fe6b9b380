package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.NamespaceCalls;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A network namespace made before it is asked for, as to make one takes the kernel longer than anything else of a start. There is one
 * at most, for a short while after {@link #prepare}: it gets its settings from the host in the moment it is made, and nobody shall
 * find older ones in his container, nor an engine at rest keep one.
 *
 * <p>Its maker is a thread that enters it and leaves it again, so that nothing but the descriptor keeps it. Source of what a new
 * network namespace is: network_namespaces(7).
 */
public final class SpareNetwork
{
    /** From one command to the next of somebody who is busy. */
    private static final Duration LIFE = Duration.ofSeconds(2);

    private static final SpareNetwork ONE = new SpareNetwork(NamespaceCalls::newNetwork, LIFE);

    private final Supplier<Fd> maker;
    private final Duration life;
    private Optional<Fd> spare = Optional.empty();
    private boolean asked;
    private boolean working;

    SpareNetwork(Supplier<Fd> maker, Duration life)
    {
        this.maker = maker;
        this.life = life;
    }

    /** That of this process. */
    public static SpareNetwork ofThisProcess()
    {
        return ONE;
    }

    /** Has one made, beside, unless there is one. Returns at once; where it cannot be made there is none. */
    public synchronized void prepare()
    {
        if (spare.isPresent()) {
            return;
        }
        asked = true;
        if (!working) {
            working = true;
            Thread.ofPlatform().name("network").daemon().start(this::work);
        }
        notifyAll();
    }

    /** @return the namespace, with nobody in it and its loopback up, the taker's to close; empty = there is none ready */
    public synchronized Optional<Fd> take()
    {
        Optional<Fd> taken = spare;
        spare = Optional.empty();
        notifyAll();
        return taken;
    }

    private void work()
    {
        try {
            while (awaitAsked()) {
                keep(maker.get());
            }
        }
        catch (ErrnoException | InterruptedException e) {
            // Containers get theirs in the usual way, and if the kernel refuses that too it is told.
            stopped();
        }
        catch (RuntimeException e) {
            stopped();
            throw e;
        }
    }

    private synchronized void stopped()
    {
        working = false;
        asked = false;
    }

    /** @return false = nobody has asked for a while */
    private synchronized boolean awaitAsked() throws InterruptedException
    {
        long end = System.nanoTime() + life.toNanos();
        while (!asked && end - System.nanoTime() > 0) {
            wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        }
        // Under the same lock as who asks: he sees either a maker or none.
        working = asked;
        return asked;
    }

    /** Until it is taken, or has become old. */
    private synchronized void keep(Fd made) throws InterruptedException
    {
        asked = false;
        spare = Optional.of(made);
        try {
            long end = System.nanoTime() + life.toNanos();
            while (spare.isPresent() && end - System.nanoTime() > 0) {
                wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            }
        }
        finally {
            spare.ifPresent(Fd::close);
            spare = Optional.empty();
        }
    }
}
