package io.jrunc.cli;

import io.jrunc.lifecycle.WarmUp;

import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * An engine goes through an example of the most frequent command in its mind, so that the first real one finds its code ready: a
 * one-shot once, beside its start; a resident one often, while nobody is there, until its code is compiled.
 */
final class Practice implements Runnable
{
    /** Compiled code is what it will be after about as many. */
    private static final int ROUNDS = 1200;
    private static final long PAUSE_NANOS = 2_000_000;

    private final WarmUp example = WarmUp.with(false);

    /** What a one-shot does beside its start: not the command line, which the main thread comes to at the same time. */
    @Override
    public void run()
    {
        // Its first use computes large powers for 7 ms, which the JSON parser would wait for.
        if (BigDecimal.ZERO.signum() == 0) {
            example.decide();
        }
    }

    /** One round; never fails, as nobody depends on it. */
    void once()
    {
        try {
            round();
        }
        catch (IncorrectUsage | RuntimeException | LinkageError e) {
            // Who needs this code will meet the same, and tell.
        }
    }

    /** @param idle asked before each round: a caller comes first; @param leaving ends it */
    void often(BooleanSupplier idle, BooleanSupplier leaving)
    {
        for (int done = 0; done < ROUNDS && !leaving.getAsBoolean();) {
            if (!idle.getAsBoolean()) {
                LockSupport.parkNanos(PAUSE_NANOS);
                continue;
            }
            once();
            example.look();
            done++;
        }
    }

    void round() throws IncorrectUsage
    {
        read(HelpText.PROGRAM, Globals::words, List.of("run", "--bundle", "/example", "example"));
        read("run", () -> Verbs.named("run").orElseThrow().words(), List.of("--bundle", "/example", "example"));
        example.decide();
    }

    private static void read(String command, Supplier<Words> grammar, List<String> line) throws IncorrectUsage
    {
        Words words = Lexicon.take(command, grammar);
        Parsed.parse(words, line);
        Lexicon.giveBack(command, words);
    }
}
