package io.jrunc.cgroup;

import io.jrunc.cgroup.CgroupStats.Psi;
import io.jrunc.cgroup.CgroupStats.PsiLine;
import io.jrunc.error.HostException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The few formats in which cgroup files speak. Source: Documentation/admin-guide/cgroup-v2.rst, "Format".
 */
public final class CgroupText
{
    private CgroupText() {}

    /**
     * One unsigned number; {@code max} is {@link CgroupStats#UNLIMITED}. A negative number, which some v1 kernels print
     * for what has wrapped, counts as 0.
     *
     * @throws HostException if it is no number
     */
    public static long number(String text)
    {
        String word = text.strip();
        if (word.equals("max")) {
            return CgroupStats.UNLIMITED;
        }
        if (word.startsWith("-")) {
            return 0;
        }
        try {
            return Long.parseUnsignedLong(word);
        }
        catch (NumberFormatException e) {
            throw new HostException("a cgroup file says \"" + word + "\" where a number belongs", e);
        }
    }

    /** Lines of {@code key number}; others are skipped, so a newer kernel's additions do no harm. */
    public static Map<String, Long> keyed(String text)
    {
        Map<String, Long> result = new LinkedHashMap<>();
        for (String line : text.split("\n")) {
            int space = line.indexOf(' ');
            if (space > 0 && line.indexOf(' ', space + 1) < 0) {
                result.put(line.substring(0, space), number(line.substring(space + 1)));
            }
        }
        return result;
    }

    /** Lines of {@code key name=number name=number}; numbers may be {@code max}. */
    public static Map<String, Map<String, Long>> nested(String text)
    {
        Map<String, Map<String, Long>> result = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.strip().split(" +");
            Map<String, Long> values = new LinkedHashMap<>();
            for (int i = 1; i < words.length; i++) {
                int equals = words[i].indexOf('=');
                if (equals > 0 && isNumber(words[i].substring(equals + 1))) {
                    values.put(words[i].substring(0, equals), number(words[i].substring(equals + 1)));
                }
            }
            if (!words[0].isEmpty()) {
                result.put(words[0], values);
            }
        });
        return result;
    }

    /** {@code "0-3,7"} → 0 1 2 3 7; empty text → empty list. */
    public static List<Integer> numbers(String text)
    {
        List<Integer> result = new ArrayList<>();
        for (String range : text.strip().split(",")) {
            if (range.isEmpty()) {
                continue;
            }
            int dash = range.indexOf('-');
            long from = number(dash < 0 ? range : range.substring(0, dash));
            long to = dash < 0 ? from : number(range.substring(dash + 1));
            for (long i = from; i <= to; i++) {
                result.add((int) i);
            }
        }
        return result;
    }

    /** {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=0}, and {@code full} likewise; empty if neither is there. */
    public static Optional<Psi> psi(String text)
    {
        PsiLine some = PsiLine.NONE;
        PsiLine full = PsiLine.NONE;
        boolean found = false;
        for (String line : text.split("\n")) {
            if (line.startsWith("some ")) {
                some = psiLine(line);
                found = true;
            }
            else if (line.startsWith("full ")) {
                full = psiLine(line);
                found = true;
            }
        }
        return found ? Optional.of(new Psi(some, full)) : Optional.empty();
    }

    private static PsiLine psiLine(String line)
    {
        double avg10 = 0;
        double avg60 = 0;
        double avg300 = 0;
        long total = 0;
        for (String word : line.split(" ")) {
            String value = word.substring(word.indexOf('=') + 1);
            switch (word.substring(0, word.length() - value.length())) {
                case "avg10=" -> avg10 = Double.parseDouble(value);
                case "avg60=" -> avg60 = Double.parseDouble(value);
                case "avg300=" -> avg300 = Double.parseDouble(value);
                case "total=" -> total = Long.parseUnsignedLong(value);
                default -> { }
            }
        }
        return new PsiLine(avg10, avg60, avg300, total);
    }

    private static boolean isNumber(String word)
    {
        return word.equals("max") || (!word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9'));
    }
}
