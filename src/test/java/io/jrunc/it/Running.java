package io.jrunc.it;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that was started and not yet awaited; its output is collected as it comes.
 */
public final class Running implements AutoCloseable
{
    private final List<String> command;
    private final Process process;
    private final Output out;
    private final Output err;

    private Running(List<String> command, Process process, Output out, Output err)
    {
        this.command = command;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    public Process process()
    {
        return process;
    }

    public OutputStream stdin()
    {
        return process.getOutputStream();
    }

    /** Waits until the output contains {@code text}; fails at its end, or when it has not come for long. */
    public Running awaitOutput(String text)
    {
        out.await(text, Duration.ofSeconds(20), command.toString(), err::text);
        return this;
    }

    public String output()
    {
        return out.text();
    }

    /** What it wrote to standard error until now. */
    public String errors()
    {
        return err.text();
    }

    /** Waits for the command's own end, not for that of whoever else holds its output. */
    public int awaitExit(Duration limit)
    {
        try {
            if (!process.waitFor(Patience.with(limit).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(command + " did not end within " + limit + "\nstdout: " + out.text() + "\nstderr: " + err.text());
            }
            return process.exitValue();
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for its end and for the end of its output. */
    public Outcome await(Duration limit)
    {
        int exit = awaitExit(limit);
        out.join(limit);
        err.join(limit);
        return new Outcome(command, exit, out.text(), err.text());
    }

    /** The end of the command alone; what it wrote until now. For commands that leave a container behind with their output. */
    public Outcome awaitDetached(Duration limit)
    {
        int exit = awaitExit(limit);
        if (exit != 0) {
            // A failed command leaves nobody behind who could hold its output: all that it said can be waited for.
            out.join(limit);
            err.join(limit);
        }
        return new Outcome(command, exit, out.text(), err.text());
    }

    @Override
    public void close()
    {
        process.destroyForcibly();
    }

    /** Any command; the runtime's own are {@link Jrunc#start}'s. */
    public static Running start(List<String> command, java.util.Map<String, String> environment, java.nio.file.Path folder)
    {
        try (Fifo out = new Fifo(); Fifo err = new Fifo()) {
            ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out.file()).redirectError(err.file());
            builder.environment().putAll(environment);
            return new Running(List.copyOf(command), builder.start(), new Output(out.reader()), new Output(err.reader()));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
