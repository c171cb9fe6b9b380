package io.jrunc.cli;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Names of signals, as people and managers give them. Numbers of x86_64 and aarch64, which agree.
 */
final class Signals
{
    private static final int LAST = 64;

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("ABRT", 6), Map.entry("ALRM", 14), Map.entry("BUS", 7), Map.entry("CHLD", 17), Map.entry("CLD", 17),
            Map.entry("CONT", 18), Map.entry("FPE", 8), Map.entry("HUP", 1), Map.entry("ILL", 4), Map.entry("INT", 2),
            Map.entry("IO", 29), Map.entry("IOT", 6), Map.entry("KILL", 9), Map.entry("PIPE", 13), Map.entry("POLL", 29),
            Map.entry("PROF", 27), Map.entry("PWR", 30), Map.entry("QUIT", 3), Map.entry("SEGV", 11), Map.entry("STKFLT", 16),
            Map.entry("STOP", 19), Map.entry("SYS", 31), Map.entry("TERM", 15), Map.entry("TRAP", 5), Map.entry("TSTP", 20),
            Map.entry("TTIN", 21), Map.entry("TTOU", 22), Map.entry("URG", 23), Map.entry("USR1", 10), Map.entry("USR2", 12),
            Map.entry("VTALRM", 26), Map.entry("WINCH", 28), Map.entry("XCPU", 24), Map.entry("XFSZ", 25),
            Map.entry("RTMIN", 34), Map.entry("RTMAX", LAST));

    private Signals()
    {
    }

    /** {@code "9"}, {@code "KILL"}, {@code "sigkill"}, {@code "0"} (the probe); empty for what is no signal. */
    static OptionalInt number(String word)
    {
        if (!word.isEmpty() && word.length() <= 3 && word.chars().allMatch(c -> c >= '0' && c <= '9')) {
            int number = Integer.parseInt(word);
            return number <= LAST ? OptionalInt.of(number) : OptionalInt.empty();
        }
        String name = word.toUpperCase(Locale.ROOT);
        Integer number = NUMBERS.get(name.startsWith("SIG") ? name.substring(3) : name);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
