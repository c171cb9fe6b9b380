package io.jrunc.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Text that comes out of a process or a terminal, collected as it comes. */
final class Output
{
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final StringBuilder text = new StringBuilder();
    private final Thread thread;
    private boolean ended;

    Output(InputStream stream)
    {
        thread = Thread.ofPlatform().daemon().start(() -> {
            byte[] room = new byte[65536];
            try (stream) {
                for (int n = stream.read(room); n >= 0; n = stream.read(room)) {
                    add(new String(room, 0, n, StandardCharsets.UTF_8), false);
                }
            }
            catch (IOException e) {
                // The stream was closed under us: the same as its end.
            }
            add("", true);
        });
    }

    private void add(String more, boolean end)
    {
        lock.lock();
        try {
            text.append(more);
            ended |= end;
            grown.signalAll();
        }
        finally {
            lock.unlock();
        }
    }

    String text()
    {
        lock.lock();
        try {
            return text.toString();
        }
        finally {
            lock.unlock();
        }
    }

    /** Waits until {@code wanted} has come; fails at the end of the stream or of the time. @param source who writes; @param more what to show with the failure */
    void await(String wanted, Duration limit, String source, Supplier<String> more)
    {
        long nanos = Patience.with(limit).toNanos();
        lock.lock();
        try {
            while (text.indexOf(wanted) < 0) {
                if (ended || nanos <= 0) {
                    throw new AssertionError(source + " never wrote '" + wanted + "'\nout: " + text + "\n" + more.get());
                }
                nanos = grown.awaitNanos(nanos);
            }
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        finally {
            lock.unlock();
        }
    }

    void join(Duration limit)
    {
        try {
            if (!thread.join(Patience.with(limit))) {
                throw new AssertionError("the output is still held open by somebody after " + limit);
            }
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
