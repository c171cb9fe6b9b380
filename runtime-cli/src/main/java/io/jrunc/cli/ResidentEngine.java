package io.jrunc.cli;

import io.jrunc.lifecycle.EngineSocket;
import io.jrunc.lifecycle.Launcher;
import io.jrunc.lifecycle.Machine;
import io.jrunc.lifecycle.Provisions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A warm engine that serves one launcher after the other, and several at once: a thread for each, so that a silent or slow one
 * keeps nobody waiting. It leaves when nobody has come for a while, when its files have changed, or when told to; commands under
 * way are finished first.
 */
final class ResidentEngine implements ResidentStatus
{
    /** How often an engine without callers looks at its files and its clock. */
    private static final Duration TICK = Duration.ofSeconds(5);

    /** Threads that hang in file systems without a server: more than these are left behind with the whole engine. */
    private static final int MOST_LOST = 32;

    private final EngineSocket callers;
    /** Removed once: afterwards it may be another engine's. */
    private final AtomicReference<Optional<Path>> name;
    private final Installation installation;
    private final Provisions provisions;
    private final Duration idle;
    private final long started = System.nanoTime();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    private volatile long lastCall = System.nanoTime();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean leaving;
    private volatile int tidied;

    /**
     * @param name where the socket can be found, to be removed when leaving; empty = it is somebody else's
     * @param idle how long to stay without a caller
     */
    ResidentEngine(EngineSocket callers, Optional<Path> name, Installation installation, Duration idle)
    {
        this.callers = callers;
        this.name = new AtomicReference<>(name);
        this.installation = installation;
        this.provisions = new Provisions(installation.shim());
        this.idle = idle;
    }

    /** Serves until it is time to leave. */
    void run()
    {
        Duration tick = idle.compareTo(TICK) < 0 ? idle : TICK;
        try (ExecutorService threads = Executors.newCachedThreadPool(Thread.ofPlatform().name("caller-", 1).factory())) {
            threads.execute(() -> attendTheDoor(threads, tick));
            threads.execute(() -> new Practice().often(() -> busy.get() == 0, () -> leaving));
            awaitLeaving();
            // First the name, so that nobody new finds it; then those who had found it are served.
            removeName();
            for (Optional<EngineSocket.Visitor> last = callers.accept(Duration.ZERO); last.isPresent(); last = callers.accept(Duration.ZERO)) {
                EngineSocket.Visitor who = last.get();
                threads.execute(() -> welcome(who, false));
            }
            callers.stop();
        }
    }

    /** Whoever lets a visitor in also serves him, and sends another thread to the door: a visitor is not handed on, which would cost him time. */
    private void attendTheDoor(ExecutorService threads, Duration tick)
    {
        boolean stale = false;
        Optional<EngineSocket.Visitor> visitor = Optional.empty();
        try {
            while (!leaving && visitor.isEmpty()) {
                visitor = callers.accept(tick);
                if (visitor.isEmpty()) {
                    tidy();
                }
                // The next command starts another engine in either case.
                stale = !(visitor.isPresent() ? installation.inPlace() : installation.unchanged()) || Machine.threadsLost() >= MOST_LOST;
                if (stale || visitor.isEmpty() && idleFor().compareTo(idle) >= 0) {
                    leaving = true;
                }
                if (visitor.isPresent() && !leaving && !sendToTheDoor(threads, tick)) {
                    // This one is sent away, the next may find room again.
                    visitor.get().turnAway("it has no room for another command");
                    visitor = Optional.empty();
                }
            }
        }
        catch (RuntimeException | Error e) {
            // Nobody is at the door any more: better no engine than a deaf one.
            leaving = true;
            closed.countDown();
            throw e;
        }
        if (leaving) {
            closed.countDown();
        }
        if (visitor.isPresent()) {
            welcome(visitor.get(), stale);
        }
    }

    /** While nobody is there, what the commands of a busy time have left goes back to the machine. */
    private void tidy()
    {
        int until = served.get();
        if (busy.get() == 0 && until != tidied) {
            tidied = until;
            System.gc();
        }
    }

    /** @return false = there is no thread for it just now, because of what others want */
    private boolean sendToTheDoor(ExecutorService threads, Duration tick)
    {
        try {
            threads.execute(() -> attendTheDoor(threads, tick));
            return true;
        }
        catch (OutOfMemoryError e) {
            return false;
        }
    }

    private void awaitLeaving()
    {
        boolean interrupted = false;
        while (true) {
            try {
                closed.await();
                break;
            }
            catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration idleFor()
    {
        return busy.get() > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastCall);
    }

    /** One visitor, whatever it does: its failure is nobody else's. An error ends this thread, which may have been left anyhow; others go on. */
    private void welcome(EngineSocket.Visitor visitor, boolean stale)
    {
        busy.incrementAndGet();
        try {
            if (stale) {
                visitor.turnAway("the files of this engine have changed, or too many of its threads hang in file systems that do not answer");
                return;
            }
            Optional<Launcher> launcher = visitor.greet();
            if (launcher.isPresent()) {
                try (Launcher equal = launcher.get()) {
                    provisions.handTo(equal, Verbs.mayMakeProcess(equal.argv()), Verbs.mayMakeContainer(equal.argv()));
                    Service.serve(equal, Optional.of(this));
                    served.incrementAndGet();
                }
                provisions.restock();
            }
        }
        catch (RuntimeException e) {
            // It has gone, or never was a launcher: there is nobody left to tell, and the engine keeps no log of its own.
        }
        catch (LinkageError e) {
            // A class could not be made ready, and will not be a second time: another engine has to go on.
            leave();
            throw e;
        }
        finally {
            lastCall = System.nanoTime();
            busy.decrementAndGet();
        }
    }

    private void removeName()
    {
        Optional<Path> left = name.getAndSet(Optional.empty());
        if (left.isEmpty()) {
            return;
        }
        try {
            Files.deleteIfExists(left.get());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String text()
    {
        Runtime heap = Runtime.getRuntime();
        return "pid: " + ProcessHandle.current().pid() + "\n"
                + "build: " + installation.buildId() + "\n"
                + "home: " + installation.home() + "\n"
                + "up: " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started) + " s\n"
                + "commands served: " + served.get() + "\n"
                + "commands under way: " + busy.get() + "\n"
                + "heap used: " + (heap.totalMemory() - heap.freeMemory()) / 1024 + " KiB\n"
                + "leaves when idle for: " + idle.toSeconds() + " s\n";
    }

    @Override
    public void stop()
    {
        leave();
    }

    private void leave()
    {
        leaving = true;
        removeName();
        callers.stop();
    }
}
