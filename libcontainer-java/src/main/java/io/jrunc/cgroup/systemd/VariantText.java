package io.jrunc.cgroup.systemd;

import io.jrunc.host.dbus.Variant;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values as people write them: {@code uint64 5}, {@code 'text'}, {@code ['a.slice', 'b.slice']}, {@code @as []}, {@code (1, true)},
 * {@code {'key': <1>}}. A plain number is an {@code i}, or a {@code d} with a point. The first element says what type all of an array
 * have. Source: GLib, GVariant text format.
 */
final class VariantText
{
    private static final Map<String, String> WORDS = Map.ofEntries(Map.entry("boolean", "b"), Map.entry("byte", "y"), Map.entry("int16", "n"),
            Map.entry("uint16", "q"), Map.entry("int32", "i"), Map.entry("uint32", "u"), Map.entry("int64", "x"), Map.entry("uint64", "t"),
            Map.entry("double", "d"), Map.entry("string", "s"), Map.entry("objectpath", "o"), Map.entry("signature", "g"));
    private static final Map<String, int[]> BITS = Map.of("y", new int[] {0, 8}, "n", new int[] {1, 16}, "q", new int[] {0, 16}, "i", new int[] {1, 32},
            "u", new int[] {0, 32}, "x", new int[] {1, 64}, "t", new int[] {0, 64});
    private static final int DEEPEST = 16;
    /** More digits than any number has; reading millions of them would take minutes. */
    private static final int LONGEST_NUMBER = 100;

    private final String text;
    private int at;
    private int depth;

    private VariantText(String text)
    {
        this.text = text;
    }

    /** @throws IllegalArgumentException if it is no such text, with the words why */
    static Variant parse(String text)
    {
        VariantText parser = new VariantText(text);
        Variant value = parser.value(Optional.empty());
        parser.blanks();
        if (parser.at < text.length()) {
            throw new IllegalArgumentException("unexpected \"" + text.substring(parser.at) + "\"");
        }
        return value;
    }

    private Variant value(Optional<String> type)
    {
        if (++depth > DEEPEST) {
            throw new IllegalArgumentException("nested too deeply");
        }
        blanks();
        Variant value = switch (peek()) {
            case '@' -> annotated();
            case '[' -> array(type);
            case '{' -> dictionary(type);
            case '(' -> tuple(type);
            case '<' -> {
                take('<');
                Variant inner = value(Optional.empty());
                take('>');
                yield new Variant("v", inner);
            }
            case '\'', '"' -> text(type.filter(wanted -> "sog".contains(wanted)).orElse("s"), string());
            default -> word(type);
        };
        depth--;
        if (type.isPresent() && !type.get().equals(value.type())) {
            throw new IllegalArgumentException("a value of type " + value.type() + " where " + type.get() + " belongs");
        }
        return value;
    }

    /** The bus ends the conversation with who sends it a path or a type that is none. */
    private static Variant text(String type, String text)
    {
        if (type.equals("o") && !isPath(text)) {
            throw new IllegalArgumentException("\"" + text + "\" is no path of an object");
        }
        if (type.equals("g") && !text.isEmpty()) {
            // Says so itself if these are none.
            new Variant("(" + text + ")", "");
        }
        return new Variant(type, text);
    }

    private static boolean isPath(String text)
    {
        boolean plain = text.chars().allMatch(c -> c == '/' || c == '_' || c < 128 && Character.isLetterOrDigit(c));
        return plain && (text.equals("/") || text.startsWith("/") && !text.endsWith("/") && !text.contains("//"));
    }

    private Variant annotated()
    {
        take('@');
        int start = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        String type = text.substring(start, at);
        // Says so itself if it is none.
        new Variant(type, "");
        return value(Optional.of(type));
    }

    private Variant array(Optional<String> type)
    {
        take('[');
        Optional<String> element = type.map(wanted -> inner(wanted, 'a'));
        List<Object> values = new ArrayList<>();
        while (!end(']', !values.isEmpty())) {
            Variant next = value(element);
            element = Optional.of(next.type());
            values.add(next.value());
        }
        return new Variant("a" + element.orElseThrow(() -> new IllegalArgumentException("an empty array needs its type, such as @as []")), values);
    }

    private Variant dictionary(Optional<String> type)
    {
        take('{');
        Optional<String> entry = type.map(wanted -> inner(inner(wanted, 'a'), '{'));
        Optional<String> key = entry.map(both -> both.substring(0, 1));
        Optional<String> element = entry.map(both -> both.substring(1, both.length() - 1));
        List<Object> values = new ArrayList<>();
        while (!end('}', !values.isEmpty())) {
            Variant name = value(key);
            blanks();
            take(':');
            Variant next = value(element);
            key = Optional.of(name.type());
            element = Optional.of(next.type());
            values.add(List.of(name.value(), next.value()));
        }
        if (key.isEmpty()) {
            throw new IllegalArgumentException("an empty dictionary needs its type, such as @a{sv} {}");
        }
        return new Variant("a{" + key.get() + element.orElseThrow() + "}", values);
    }

    private Variant tuple(Optional<String> type)
    {
        take('(');
        StringBuilder types = new StringBuilder();
        List<Object> values = new ArrayList<>();
        String left = type.map(wanted -> inner(wanted, '(')).orElse("");
        while (!end(')', !values.isEmpty())) {
            Optional<String> wanted = type.isPresent() ? Optional.of(first(left)) : Optional.empty();
            left = left.substring(wanted.map(String::length).orElse(0));
            Variant next = value(wanted);
            types.append(next.type());
            values.add(next.value());
        }
        return new Variant("(" + types + ")", values);
    }

    /** The first complete type of several. */
    private static String first(String types)
    {
        for (int length = 1; length <= types.length(); length++) {
            try {
                return new Variant(types.substring(0, length), "").type();
            }
            catch (IllegalArgumentException longer) {
                // A prefix of it, as yet.
            }
        }
        throw new IllegalArgumentException("more members than its type has");
    }

    private static String inner(String type, char begin)
    {
        if (type.isEmpty() || type.charAt(0) != begin) {
            throw new IllegalArgumentException("it is not of type " + type);
        }
        return begin == 'a' ? type.substring(1) : type.substring(1, type.length() - 1);
    }

    /** After an element; a comma may come before the end, too. */
    private boolean end(char closing, boolean needsComma)
    {
        blanks();
        if (needsComma && peek() != closing) {
            take(',');
            blanks();
        }
        if (peek() == closing) {
            at++;
            return true;
        }
        return false;
    }

    private Variant word(Optional<String> type)
    {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || "+-._".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        String word = text.substring(start, at);
        if (word.isEmpty()) {
            throw new IllegalArgumentException(at < text.length() ? "unexpected '" + text.charAt(at) + "'" : "it ends too early");
        }
        if (WORDS.containsKey(word)) {
            return value(Optional.of(WORDS.get(word)));
        }
        if (word.equals("b") && at < text.length() && (text.charAt(at) == '\'' || text.charAt(at) == '"')) {
            List<Object> bytes = new ArrayList<>();
            for (byte b : (string() + "\0").getBytes(StandardCharsets.UTF_8)) {
                bytes.add((long) (b & 0xff));
            }
            return new Variant("ay", bytes);
        }
        if (word.equals("true") || word.equals("false")) {
            return new Variant("b", word.equals("true"));
        }
        return number(word, type);
    }

    private static Variant number(String word, Optional<String> wanted)
    {
        if (word.length() > LONGEST_NUMBER) {
            throw new IllegalArgumentException("a number of " + word.length() + " characters");
        }
        boolean hex = word.matches("[+-]?0x[0-9a-fA-F]+");
        boolean whole = hex || word.matches("[+-]?[0-9]+");
        String type = wanted.orElse(whole ? "i" : "d");
        try {
            if (type.equals("d") && !hex) {
                return new Variant("d", Double.parseDouble(word.equals("inf") || word.equals("-inf") ? word.replace("inf", "Infinity") : word));
            }
            if (whole && BITS.containsKey(type)) {
                BigInteger number = hex ? new BigInteger(word.replace("0x", ""), 16) : new BigInteger(word);
                int[] bits = BITS.get(type);
                boolean fits = bits[0] == 1 ? number.bitLength() < bits[1] : number.signum() >= 0 && number.bitLength() <= bits[1];
                if (!fits) {
                    throw new IllegalArgumentException(word + " is out of range for type " + type);
                }
                return new Variant(type, number.longValue());
            }
        }
        catch (NumberFormatException e) {
            // Told below.
        }
        throw new IllegalArgumentException("\"" + word + "\" is no value" + wanted.map(name -> " of type " + name).orElse(""));
    }

    private String string()
    {
        char quote = text.charAt(at++);
        StringBuilder out = new StringBuilder();
        while (true) {
            if (at >= text.length()) {
                throw new IllegalArgumentException("a text without its end");
            }
            char next = text.charAt(at++);
            if (next == quote) {
                break;
            }
            out.append(next == '\\' ? escaped() : Character.toString(next));
        }
        if (out.indexOf("\0") >= 0) {
            throw new IllegalArgumentException("a text with a NUL in it");
        }
        return out.toString();
    }

    private String escaped()
    {
        if (at >= text.length()) {
            throw new IllegalArgumentException("a text without its end");
        }
        char letter = text.charAt(at++);
        return switch (letter) {
            case 'a' -> "\u0007";
            case 'b' -> "\b";
            case 'f' -> "\f";
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case 'v' -> "\u000b";
            case 'u', 'U' -> {
                int length = letter == 'u' ? 4 : 8;
                String digits = text.substring(at, Math.min(text.length(), at + length));
                if (!digits.matches("[0-9a-fA-F]{" + length + "}") || Long.parseLong(digits, 16) > Character.MAX_CODE_POINT) {
                    throw new IllegalArgumentException("\"\\" + letter + digits + "\" is no character");
                }
                at += length;
                yield Character.toString(Integer.parseInt(digits, 16));
            }
            default -> Character.toString(letter);
        };
    }

    private void blanks()
    {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    /** 0 at the end. */
    private char peek()
    {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void take(char expected)
    {
        if (peek() != expected) {
            throw new IllegalArgumentException("'" + expected + "' is missing" + (at < text.length() ? " before \"" + text.substring(at) + "\"" : ""));
        }
        at++;
    }
}
