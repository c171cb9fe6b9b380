package io.jrunc.host.dbus;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A value with its type.
 *
 * @param type one complete type, such as {@code t} or {@code a(ss)}
 * @param value numbers, of any width, are {@code Long} ({@code t}: its bits), {@code d} is {@code Double}, {@code b} {@code Boolean};
 *        texts, paths and type strings are {@code String}; arrays, structs and entries are {@code List}; {@code v} is a {@code Variant}
 */
public record Variant(String type, Object value)
{
    /** What systemd calls infinity. */
    public static final long UNLIMITED = -1;

    /** @throws IllegalArgumentException if the type is none, or more than one */
    public Variant
    {
        if (TypeString.split(type).size() != 1) {
            throw new IllegalArgumentException("\"" + type + "\" is not one D-Bus type");
        }
        value = value instanceof List<?> list ? List.copyOf(list) : value;
    }

    public static Variant text(String text)
    {
        return new Variant("s", text);
    }

    public static Variant flag(boolean flag)
    {
        return new Variant("b", flag);
    }

    /** @param value unsigned; {@link #UNLIMITED} is the largest */
    public static Variant u64(long value)
    {
        return new Variant("t", value);
    }

    public static Variant u32s(List<Integer> values)
    {
        return new Variant("au", values.stream().map(Integer::longValue).toList());
    }

    public static Variant bytes(byte[] bytes)
    {
        List<Object> list = new java.util.ArrayList<>();
        for (byte b : bytes) {
            list.add((long) (b & 0xff));
        }
        return new Variant("ay", list);
    }

    /** {@code t 18446744073709551615}, {@code as ["a.slice"]}: for people. */
    @Override
    public String toString()
    {
        return type + " " + show(type, value);
    }

    private static String show(String type, Object value)
    {
        return switch (value) {
            case Long number when type.equals("t") -> Long.toUnsignedString(number);
            case String text -> "\"" + text + "\"";
            case List<?> list when type.startsWith("a") -> list.stream().map(each -> show(type.substring(1), each)).collect(Collectors.joining(" ", "[", "]"));
            case List<?> list -> {
                List<String> members = TypeString.members(type);
                StringBuilder out = new StringBuilder("(");
                for (int i = 0; i < list.size(); i++) {
                    out.append(i == 0 ? "" : " ").append(show(members.get(i), list.get(i)));
                }
                yield out.append(')').toString();
            }
            default -> value.toString();
        };
    }
}
