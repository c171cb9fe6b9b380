package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.NamespaceCalls;
import io.jrunc.os.ProcessCalls;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Network namespaces that are made while their container's configuration is still being read, as to make one takes the kernel longer
 * than anything else of a start. Whether a container will want one is not known by then: it is taken to be like the one before it.
 *
 * <p>Each is of one command, which takes it or has it thrown away, so no container finds settings that are older than its own start.
 * Its maker is a thread that enters it and leaves it again, so that nothing but the descriptor keeps it. Source of what a new network
 * namespace is: network_namespaces(7).
 */
public final class NetworkAhead
{
    /** Longer than the kernel takes: who waits no longer has one made in the usual way. */
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private static final NetworkAhead ONE = new NetworkAhead(NamespaceCalls::newNetwork, PATIENCE);

    private final Supplier<Fd> maker;
    private final Duration patience;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("network").factory());
    /** The kernel's number of the thread; 0 = it has not begun, or ends. */
    private volatile int number;
    /** The processor that it is bound away from; -1 = none yet. For whoever is busy. */
    private int keptOff = -1;
    /** One at a time: where many containers start at once, no processor is free for this. */
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile boolean wanted;
    /** The thread could not leave a network that it had made; one that takes its place would begin there. */
    private volatile boolean broken;

    NetworkAhead(Supplier<Fd> maker, Duration patience)
    {
        this.maker = maker;
        this.patience = patience;
    }

    /** Of this process. */
    public static NetworkAhead ofThisProcess()
    {
        return ONE;
    }

    /** Begins to make one, beside, if the last container has wanted one. Returns at once. */
    public Order order()
    {
        if (!wanted || broken || !busy.compareAndSet(false, true)) {
            return new Order(Optional.empty());
        }
        CompletableFuture<Fd> making = new CompletableFuture<>();
        try {
            keepAside();
            thread.execute(() -> make(making));
        }
        catch (OutOfMemoryError e) {
            // No thread to be had.
            busy.set(false);
            return new Order(Optional.empty());
        }
        return new Order(Optional.of(making));
    }

    /** The kernel lets go of the processor that makes a network only when it is made: it must not be the one that this command runs on. */
    private void keepAside()
    {
        int maker = number;
        int here = ProcessCalls.processor();
        if (maker == 0 || here == keptOff) {
            return;
        }
        try {
            ProcessCalls.keepOff(maker, here);
            keptOff = here;
        }
        catch (ErrnoException e) {
            // There is but one.
        }
    }

    private void make(CompletableFuture<Fd> making)
    {
        number = ProcessCalls.thread();
        Fd made;
        try {
            made = maker.get();
        }
        catch (ErrnoException e) {
            // The container gets its own in the usual way, and if the kernel refuses that too it is told.
            busy.set(false);
            making.completeExceptionally(e);
            return;
        }
        catch (RuntimeException | Error e) {
            broken = true;
            number = 0;
            busy.set(false);
            making.completeExceptionally(e);
            throw e;
        }
        busy.set(false);
        making.complete(made);
    }

    /** That of one command. For one thread. */
    public final class Order implements AutoCloseable
    {
        private Optional<CompletableFuture<Fd>> making;

        private Order(Optional<CompletableFuture<Fd>> making)
        {
            this.making = making;
        }

        /**
         * @param wants whether the container takes one, as the next one then probably will
         * @return the namespace, with nobody in it and its loopback down, the taker's to close; empty = it is to be made in the usual way
         */
        public Optional<Fd> take(boolean wants)
        {
            wanted = wants;
            if (!wants) {
                close();
            }
            if (making.isEmpty()) {
                return Optional.empty();
            }
            try {
                Fd made = making.get().get(patience.toNanos(), TimeUnit.NANOSECONDS);
                making = Optional.empty();
                return Optional.of(made);
            }
            catch (ExecutionException | TimeoutException e) {
                close();
                return Optional.empty();
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                close();
                return Optional.empty();
            }
        }

        /** Throws away what was not taken, once it is made. */
        @Override
        public void close()
        {
            making.ifPresent(under -> under.thenAccept(Fd::close));
            making = Optional.empty();
        }
    }
}
