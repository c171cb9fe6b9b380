package io.jrunc.host;

import io.jrunc.error.HostException;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Another thread looks at a path that a caller has named. Where a network or fuse file system has lost its server, the kernel holds who
 * asks, and nothing but the server's answer lets him go. It then holds that thread; the caller gets an error, and his command ends.
 *
 * <p>What is held comes back when the file system does, or never: {@link #lost} counts.
 */
public final class Detour
{
    /** As long as a step may take. The system property sets it, for tests that are not to wait. */
    private static final Duration LIMIT = Duration.ofSeconds(Integer.getInteger("jrunc.deadline.look.seconds", 30));
    /** Between two looks at whether the caller is still there. */
    private static final long GLANCE_MILLIS = 100;

    private static final AtomicInteger LOST = new AtomicInteger();
    /** Daemons: an engine that leaves does not wait for them. Without numbers in their names: to count them the JDK spins code at run time. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("detour").factory());

    private Detour() {}

    /**
     * Has something done, and waits for it.
     *
     * @param path what is being looked at just now, which is what has a limit; "" = nothing, it only thinks
     * @param gone the caller waits no more
     * @param unwanted gets what comes after nobody waits for it any more
     * @throws HostException when the time was up or the caller has gone; besides whatever {@code look} throws
     */
    public static <T> T take(Supplier<String> path, BooleanSupplier gone, Supplier<T> look, Consumer<T> unwanted)
    {
        return take(path, LIMIT, gone, look, unwanted);
    }

    static <T> T take(Supplier<String> path, Duration limit, BooleanSupplier gone, Supplier<T> look, Consumer<T> unwanted)
    {
        CompletableFuture<T> found = CompletableFuture.supplyAsync(look, THREADS);
        String at = path.get();
        long since = System.nanoTime();
        while (true) {
            try {
                return found.get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
            }
            catch (TimeoutException e) {
                String now = path.get();
                if (now.isEmpty() || !now.equals(at)) {
                    at = now;
                    since = System.nanoTime();
                }
                boolean left = gone.getAsBoolean();
                if (left || !now.isEmpty() && System.nanoTime() - since > limit.toNanos()) {
                    LOST.incrementAndGet();
                    found.whenComplete((late, failure) -> {
                        LOST.decrementAndGet();
                        if (failure == null) {
                            unwanted.accept(late);
                        }
                    });
                    throw new HostException(left ? "the caller has gone" + (now.isEmpty() ? "" : ", who named " + now)
                            : now + ": the file system did not answer within " + limit.toSeconds() + " s; is its server still there?");
                }
            }
            catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) e.getCause();
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new HostException("interrupted while looking at " + path.get(), e);
            }
        }
    }

    /** How many threads of this process a file system holds now, for commands that have ended. */
    public static int lost()
    {
        return LOST.get();
    }
}
