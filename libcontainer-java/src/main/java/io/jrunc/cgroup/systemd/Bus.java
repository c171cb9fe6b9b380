package io.jrunc.cgroup.systemd;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.dbus.BusAddress;
import io.jrunc.host.dbus.DbusConnection;
import io.jrunc.host.dbus.DbusException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Which systemd, and where it is reached.
 *
 * @param address as {@code DBUS_SESSION_BUS_ADDRESS} has it: a user's own; empty = the machine's
 */
public record Bus(String address)
{
    /** The machine's systemd. */
    public static final Bus SYSTEM = new Bus("");

    private static final Duration LOOK = Duration.ofSeconds(5);

    public boolean isUsers()
    {
        return !address.isEmpty();
    }

    /**
     * The bus of the caller's session.
     *
     * @param environment the caller's
     * @throws HostException if it names none
     */
    public static Bus ofUser(Map<String, String> environment)
    {
        String given = environment.getOrDefault("DBUS_SESSION_BUS_ADDRESS", "");
        if (!given.isEmpty()) {
            return new Bus(given);
        }
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty() && Files.exists(Path.of(runtime, "bus"))) {
            return new Bus("unix:path=" + escape(Path.of(runtime, "bus").toString()));
        }
        throw new HostException("could not detect DBUS_SESSION_BUS_ADDRESS from the environment; make sure you have installed the dbus-user-session "
                + "or dbus-daemon package; note you may need to re-login");
    }

    /** Whom the session's bus belongs to, as the bus sees it; empty = there is none that answers. */
    public static OptionalLong ownerOfUsers(Map<String, String> environment)
    {
        Bus bus;
        try {
            bus = ofUser(environment);
        }
        catch (HostException e) {
            return OptionalLong.empty();
        }
        for (String socket : BusAddress.parse(bus.address).sockets()) {
            try (DbusConnection connection = DbusConnection.open(socket, true, LOOK)) {
                return OptionalLong.of(connection.owner(LOOK));
            }
            catch (ErrnoException | DbusException e) {
                // It may be at the next; else nothing is known of it, which is an answer.
            }
        }
        return OptionalLong.empty();
    }

    private static String escape(String path)
    {
        StringBuilder out = new StringBuilder();
        for (byte b : path.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            boolean plain = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || "-_/.\\*".indexOf(b) >= 0;
            out.append(plain ? Character.toString(b) : String.format("%%%02x", b & 0xff));
        }
        return out.toString();
    }
}
