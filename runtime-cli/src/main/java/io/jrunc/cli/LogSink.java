package io.jrunc.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.CallerFile;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Where records of one invocation go: the caller's standard error, or the file named by {@code --log}.
 *
 * <p>The shapes are logrus's, which containerd, podman and cri-o parse. Times are UTC, so that a record does not depend on the
 * zone of the engine that wrote it. One record is one write, so that records of several processes do not mix.
 */
final class LogSink implements AutoCloseable
{
    enum Level
    {
        DEBUG("debug", "DEBU", 37), INFO("info", "INFO", 36), WARNING("warning", "WARN", 33), ERROR("error", "ERRO", 31);

        private final String word;
        private final String mark;
        private final int colour;

        Level(String word, String mark, int colour)
        {
            this.word = word;
            this.mark = mark;
            this.colour = colour;
        }
    }

    private final Outlet outlet;
    private final Optional<CallerFile> file;
    private boolean broken;
    private final int fd;
    private final LogFormat format;
    private final boolean debug;
    private final boolean terminal;
    private final Clock clock;

    private LogSink(Outlet outlet, Optional<CallerFile> file, int fd, LogFormat format, boolean debug, boolean terminal, Clock clock)
    {
        this.outlet = outlet;
        this.file = file;
        this.fd = fd;
        this.format = format;
        this.debug = debug;
        this.terminal = terminal;
        this.clock = clock;
    }

    /** Records for the caller's standard error. */
    static LogSink standardError(Invocation caller, Outlet outlet, LogFormat format, boolean debug, Clock clock)
    {
        return new LogSink(outlet, Optional.empty(), Outlet.ERR, format, debug, caller.terminal(Outlet.ERR), clock);
    }

    /**
     * @param gone the caller waits no more
     * @param path as given; the caller's own streams by their usual names too, else a file, appended to, made 0644 less the umask
     * @throws HostException the file cannot be opened
     */
    static LogSink open(String path, Invocation caller, Outlet outlet, BooleanSupplier gone, LogFormat format, boolean debug, Clock clock)
    {
        switch (path) {
            case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2" -> {
                return standardError(caller, outlet, format, debug, clock);
            }
            case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" -> {
                return new LogSink(outlet, Optional.empty(), Outlet.OUT, format, debug, caller.terminal(Outlet.OUT), clock);
            }
            default -> {
                try {
                    CallerFile file = CallerFile.append(caller.path(path), 0644 & ~caller.umask(), gone);
                    return new LogSink(outlet, Optional.of(file), -1, format, debug, false, clock);
                }
                catch (ErrnoException e) {
                    throw new HostException("open " + path + ": " + Errno.text(e.errno()), e);
                }
            }
        }
    }

    /** Then the report of a failure need not be printed again for the caller to see it. */
    boolean isStandardError()
    {
        return file.isEmpty() && fd == Outlet.ERR;
    }

    boolean debugging()
    {
        return debug;
    }

    /** Appends one record; below the wanted level it does nothing. A full disk must not stop a container: it is not an error. */
    void record(Level level, String message)
    {
        if (level == Level.DEBUG && !debug) {
            return;
        }
        byte[] line = (render(level, message) + "\n").getBytes(StandardCharsets.UTF_8);
        if (file.isEmpty()) {
            outlet.write(fd, line);
            return;
        }
        if (broken) {
            return;
        }
        try {
            file.get().write(line);
        }
        catch (ErrnoException | HostException e) {
            // Told once, and waited for once.
            broken = true;
            outlet.write(Outlet.ERR, ("cannot write the log: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private String render(Level level, String message)
    {
        Optional<StackWalker.StackFrame> origin = debug ? origin() : Optional.empty();
        if (format == LogFormat.JSON) {
            String place = origin.map(frame -> "\"file\":" + json(frame.getFileName() + ":" + frame.getLineNumber())
                    + ",\"func\":" + json(frame.getClassName() + "." + frame.getMethodName()) + ",").orElse("");
            return "{" + place + "\"level\":\"" + level.word + "\",\"msg\":" + json(message) + ",\"time\":\"" + now() + "\"}";
        }
        if (terminal) {
            return "\033[" + level.colour + "m" + level.mark + "\033[0m[0000] " + Legible.lines(message);
        }
        String place = origin.map(frame -> " func=" + word(frame.getClassName() + "." + frame.getMethodName())
                + " file=" + word(frame.getFileName() + ":" + frame.getLineNumber())).orElse("");
        return "time=\"" + now() + "\" level=" + level.word + " msg=" + word(message) + place;
    }

    private String now()
    {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** The code that had something to say: the first frame outside this class and what hands the library's remarks on to it. */
    private static Optional<StackWalker.StackFrame> origin()
    {
        return StackWalker.getInstance().walk(frames -> frames
                .filter(frame -> !frame.getClassName().equals(LogSink.class.getName()) && !frame.getClassName().startsWith(Call.class.getName())).findFirst());
    }

    private static String json(String text)
    {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    /** Bare when nothing in it could be mistaken, else quoted. */
    private static String word(String text)
    {
        boolean plain = text.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._/@^+".indexOf(c) >= 0);
        return plain && !text.isEmpty() ? text : GoValues.quote(text);
    }

    @Override
    public void close()
    {
        // Every record was written through before: there is nothing left to lose.
        file.ifPresent(CallerFile::close);
    }
}
