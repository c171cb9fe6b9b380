package io.jrunc.hooks;

import io.jrunc.spec.HookKind;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * How a hook ended.
 *
 * @param waitStatus as wait(2) gives it
 * @param timedOut the shim killed it, its whole process group, at its time limit
 * @param stdout the first bytes of its output, at most what was asked for
 * @param stderr likewise
 */
public record HookOutcome(int waitStatus, boolean timedOut, byte[] stdout, byte[] stderr)
{
    /** Bytes kept of each stream of a hook: enough for a message, not for a log. */
    public static final int OUTPUT_LIMIT = 8192;

    /** A hook without a limit of its own is killed after this long: no command waits for ever. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(5);

    /**
     * The sentence for a failed hook; empty when it succeeded.
     *
     * @param index its place in the list of its kind, from 0
     * @param timeout its limit
     */
    public Optional<String> failure(HookKind kind, int index, Duration timeout)
    {
        Optional<String> reason = reason(timeout);
        return reason.map(why -> "error running %s hook #%d: %s, stdout: %s, stderr: %s"
                .formatted(kind.word(), index, why, text(stdout), text(stderr)));
    }

    private Optional<String> reason(Duration timeout)
    {
        if (timedOut) {
            return Optional.of("hook ran past specified timeout of %.1fs".formatted(timeout.toMillis() / 1000.0));
        }
        if (waitStatus == 0) {
            return Optional.empty();
        }
        int signal = waitStatus & 0x7f;
        return Optional.of(signal == 0 ? "exit status " + (waitStatus >> 8 & 0xff) : "signal: " + word(signal));
    }

    /** As Go says it, since that is what managers and people know from runc. */
    private static String word(int signal)
    {
        return switch (signal) {
            case 1 -> "hangup";
            case 2 -> "interrupt";
            case 3 -> "quit";
            case 4 -> "illegal instruction";
            case 6 -> "aborted";
            case 7 -> "bus error";
            case 9 -> "killed";
            case 11 -> "segmentation fault";
            case 13 -> "broken pipe";
            case 14 -> "alarm clock";
            case 15 -> "terminated";
            case 31 -> "bad system call";
            default -> "signal " + signal;
        };
    }

    private static String text(byte[] bytes)
    {
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }
}
