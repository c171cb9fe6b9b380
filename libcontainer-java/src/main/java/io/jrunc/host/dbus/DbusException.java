package io.jrunc.host.dbus;

import java.time.Duration;

/** A conversation over D-Bus failed. Whoever knows the user's words wraps it. */
public final class DbusException extends RuntimeException
{
    /** How. */
    public enum Kind
    {
        /** The other side answered with an error; {@link #name()} says which. */
        REFUSED,
        /** The connection is closed. */
        CLOSED,
        /** No answer in time. */
        LATE,
        /** The other side does not keep to the protocol. */
        NONSENSE,
    }

    private final Kind kind;
    private final String name;

    private DbusException(Kind kind, String name, String message)
    {
        super(message);
        this.kind = kind;
        this.name = name;
    }

    /** @param name such as {@code org.freedesktop.systemd1.UnitExists}; @param text for people, may be empty */
    static DbusException refused(String name, String text)
    {
        return new DbusException(Kind.REFUSED, name, text.isEmpty() ? name : text);
    }

    static DbusException closed()
    {
        return new DbusException(Kind.CLOSED, "", "the connection was closed");
    }

    static DbusException late(String what, Duration limit)
    {
        return new DbusException(Kind.LATE, "", "no answer to " + what + " within " + limit.toMillis() + " ms");
    }

    public static DbusException nonsense(String how)
    {
        return new DbusException(Kind.NONSENSE, "", "an answer that makes no sense: " + how);
    }

    public Kind kind()
    {
        return kind;
    }

    /** Of an error that was answered; else empty. */
    public String name()
    {
        return name;
    }

    public boolean is(String errorName)
    {
        return name.equals(errorName);
    }
}
