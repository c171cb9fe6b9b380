package io.jrunc.cgroup.systemd;

import io.jrunc.host.dbus.Variant;

import java.util.List;

/** A property of a unit by its name on D-Bus, which is not always that of unit files: {@code TimeoutStopUSec}. */
public record Property(String name, Variant value)
{
    /** As {@code a(sv)} wants it. */
    List<Object> pair()
    {
        return List.of(name, value);
    }

    @Override
    public String toString()
    {
        return name + "=" + value;
    }
}
