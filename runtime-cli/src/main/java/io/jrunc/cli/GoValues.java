package io.jrunc.cli;

import java.time.Duration;
import java.util.Locale;

/**
 * Values as Go programs read and write them: the callers of an OCI runtime were written against one.
 */
final class GoValues
{
    private GoValues()
    {
    }

    /** @throws IllegalArgumentException not one of Go's words for true and false */
    static boolean bool(String text)
    {
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    /**
     * {@code 10}, {@code -1}, {@code 0x1f}, {@code 0o17}, {@code 017}, {@code 0b11}, {@code 1_000}.
     *
     * @throws NumberFormatException anything else, and what does not fit 64 bits
     */
    static long integer(String text)
    {
        boolean negative = text.startsWith("-");
        String digits = negative || text.startsWith("+") ? text.substring(1) : text;
        int radix = 10;
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            char mark = Character.toLowerCase(digits.charAt(1));
            radix = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
            digits = digits.substring(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
        }
        if (digits.startsWith("-") || digits.startsWith("+")) {
            throw new NumberFormatException(text);
        }
        return Long.parseLong((negative ? "-" : "") + digits.replace("_", ""), radix);
    }

    /**
     * {@code 100ms}, {@code 1m30s}, {@code 1.5h}, {@code -2s}, {@code 0}.
     *
     * @throws NumberFormatException anything else
     */
    static Duration duration(String text)
    {
        boolean negative = text.startsWith("-");
        String rest = negative || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        if (rest.isEmpty()) {
            throw new NumberFormatException(text);
        }
        double nanos = 0;
        while (!rest.isEmpty()) {
            int digits = span(rest, 0, true);
            int unit = span(rest, digits, false);
            if (digits == 0) {
                throw new NumberFormatException(text);
            }
            nanos += Double.parseDouble(rest.substring(0, digits)) * switch (rest.substring(digits, unit)) {
                case "ns" -> 1;
                case "us", "µs", "μs" -> 1e3;
                case "ms" -> 1e6;
                case "s" -> 1e9;
                case "m" -> 60e9;
                case "h" -> 3600e9;
                default -> throw new NumberFormatException(text);
            };
            rest = rest.substring(unit);
        }
        return Duration.ofNanos((long) (negative ? -nanos : nanos));
    }

    /**
     * An amount of memory: {@code 4096}, {@code 64k}, {@code 1.5g}, {@code 32MiB}; units are powers of 1024, in any case.
     *
     * @throws NumberFormatException anything else
     */
    static long bytes(String text)
    {
        String lower = text.toLowerCase(Locale.ROOT);
        int digits = span(lower, 0, true);
        String unit = lower.substring(digits).strip();
        long factor = switch (unit) {
            case "", "b" -> 1;
            case "k", "kb", "kib" -> 1L << 10;
            case "m", "mb", "mib" -> 1L << 20;
            case "g", "gb", "gib" -> 1L << 30;
            case "t", "tb", "tib" -> 1L << 40;
            case "p", "pb", "pib" -> 1L << 50;
            default -> throw new NumberFormatException(text);
        };
        String number = lower.substring(0, digits);
        return number.contains(".") ? (long) (Double.parseDouble(number) * factor) : Math.multiplyExact(Long.parseLong(number), factor);
    }

    private static int span(String text, int from, boolean numeric)
    {
        int at = from;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.') == numeric) {
            at++;
        }
        return at;
    }

    /** The text in double quotes with Go's escapes: one line whatever is inside. */
    static String quote(String text)
    {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(point -> {
            switch (point) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    if (Legible.commands(point)) {
                        out.append((point < 0x80 ? "\\x%02x" : "\\u%04x").formatted(point));
                    }
                    else {
                        out.appendCodePoint(point);
                    }
                }
            }
        });
        return out.append('"').toString();
    }
}
