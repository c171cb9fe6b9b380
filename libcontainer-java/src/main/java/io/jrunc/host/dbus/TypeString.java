package io.jrunc.host.dbus;

import java.util.ArrayList;
import java.util.List;

/** Type strings of D-Bus: {@code a(sv)} is an array of pairs of a text and anything. */
final class TypeString
{
    private static final String BASIC = "ybnqiuxtdsog";
    private static final int DEEPEST = 32;
    private static final int LONGEST = 255;

    private TypeString() {}

    /**
     * {@code "ssa(sv)" → s, s, a(sv)}
     *
     * @throws IllegalArgumentException if it is no sequence of complete types; descriptors, {@code h}, are not supported
     */
    static List<String> split(String types)
    {
        if (types.length() > LONGEST) {
            throw new IllegalArgumentException("a D-Bus type of more than " + LONGEST + " characters");
        }
        List<String> complete = new ArrayList<>();
        for (int from = 0; from < types.length(); ) {
            int to = end(types, from, 0);
            complete.add(types.substring(from, to));
            from = to;
        }
        return complete;
    }

    /** The types inside the brackets of a struct or a dictionary's entry. */
    static List<String> members(String type)
    {
        return split(type.substring(1, type.length() - 1));
    }

    /** Bytes to which values of a type are aligned. */
    static int alignment(char type)
    {
        return switch (type) {
            case 'n', 'q' -> 2;
            case 'b', 'i', 'u', 's', 'o', 'a' -> 4;
            case 'x', 't', 'd', '(', '{' -> 8;
            default -> 1;
        };
    }

    private static int end(String types, int from, int depth)
    {
        if (from >= types.length() || depth > DEEPEST) {
            throw new IllegalArgumentException("\"" + types + "\" is no D-Bus type");
        }
        char type = types.charAt(from);
        if (BASIC.indexOf(type) >= 0 || type == 'v') {
            return from + 1;
        }
        if (type == 'a') {
            return end(types, from + 1, depth + 1);
        }
        int closing = type == '(' ? ')' : type == '{' ? '}' : 0;
        int next = from + 1;
        int members = 0;
        while (closing != 0 && next < types.length() && types.charAt(next) != closing) {
            next = end(types, next, depth + 1);
            members++;
        }
        boolean fits = type == '{' ? members == 2 && from > 0 && types.charAt(from - 1) == 'a' && BASIC.indexOf(types.charAt(from + 1)) >= 0 : members > 0;
        if (closing == 0 || next >= types.length() || !fits) {
            throw new IllegalArgumentException("\"" + types + "\" is no D-Bus type");
        }
        return next + 1;
    }
}
