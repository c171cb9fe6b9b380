package io.jrunc.cgroup.systemd;

import static io.jrunc.error.Errno.EAGAIN;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.dbus.BusAddress;
import io.jrunc.host.dbus.DbusConnection;
import io.jrunc.host.dbus.DbusException;
import io.jrunc.host.dbus.DbusMessage;
import io.jrunc.host.dbus.Variant;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A conversation with one systemd; it begins with the first question. For one command: a resident engine keeps none.
 *
 * <p><b>Errors</b>: {@link HostException}. Every answer, and the end of every job, is awaited for {@code limit} and no longer.
 */
public final class Systemd implements AutoCloseable
{
    /** systemd of a busy machine has been seen half a minute behind. */
    public static final Duration LIMIT = Duration.ofSeconds(30);

    private static final String NAME = "org.freedesktop.systemd1";
    private static final String PATH = "/org/freedesktop/systemd1";
    private static final String MANAGER = NAME + ".Manager";
    private static final String NO_SUCH_UNIT = NAME + ".NoSuchUnit";
    private static final String UNIT_EXISTS = NAME + ".UnitExists";
    private static final String JOBS = "type='signal',sender='" + NAME + "',path='" + PATH + "',interface='" + MANAGER + "',member='JobRemoved'";

    /** The bus first: the private socket is systemd's own affair, but is there before the bus, and without it. */
    private static final List<Socket> SYSTEM = List.of(new Socket("/run/dbus/system_bus_socket", true), new Socket("/var/run/dbus/system_bus_socket", true),
            new Socket("/run/systemd/private", false));

    private static final int CONNECT_TRIES = 7;
    private static final Duration CONNECT_PAUSE = Duration.ofMillis(100);

    private record Socket(String path, boolean bus) {}

    private final List<Socket> sockets;
    private final String where;
    private final Duration limit;
    private Optional<DbusConnection> connection = Optional.empty();
    private boolean overBus;
    private boolean subscribed;

    private Systemd(List<Socket> sockets, String where, Duration limit)
    {
        this.sockets = sockets;
        this.where = where;
        this.limit = limit;
    }

    public static Systemd of(Bus bus)
    {
        return of(bus, LIMIT);
    }

    /** @param limit for each answer and each job */
    public static Systemd of(Bus bus, Duration limit)
    {
        if (!bus.isUsers()) {
            return new Systemd(SYSTEM, "the system's bus", limit);
        }
        return new Systemd(BusAddress.parse(bus.address()).sockets().stream().map(path -> new Socket(path, true)).toList(), bus.address(), limit);
    }

    /** {@code 257.8-1~deb13u2 → 257}; 0 if it does not say */
    public int version()
    {
        return number(property("Version"));
    }

    /** The number that a version's text begins with, after a {@code v}; 0 if it does with none. */
    static int number(String version)
    {
        String text = version.startsWith("v") ? version.substring(1) : version;
        int end = 0;
        while (end < text.length() && end < 6 && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end == 0 ? 0 : Integer.parseInt(text.substring(0, end));
    }

    /** The cgroup that this systemd has everything in: {@code /user.slice/user-1000.slice/user@1000.service}; empty = the root. */
    public String controlGroup()
    {
        return property("ControlGroup");
    }

    /** What the unit is described as; empty = there is no such unit. */
    public Optional<String> description(String unit)
    {
        return unitProperty(unit, "Description");
    }

    /** Whether there is such a unit. One that has failed or ended, and is only remembered, does not count. */
    public boolean stands(String unit)
    {
        return unitProperty(unit, "ActiveState").filter(state -> !state.equals("failed") && !state.equals("inactive")).isPresent();
    }

    private Optional<String> unitProperty(String unit, String name)
    {
        try {
            return Optional.of(get(text(manager("GetUnit", "s", List.of(unit))), NAME + ".Unit", name));
        }
        catch (DbusException e) {
            if (e.is(NO_SUCH_UNIT) || e.is("org.freedesktop.DBus.Error.UnknownObject")) {
                return Optional.empty();
            }
            throw failed("look at unit " + unit, e);
        }
    }

    /**
     * Makes a unit and waits until it stands. What an earlier one of this name has left is forgotten first, once.
     *
     * @throws HostException also when there is such a unit and stays: then it is not ours
     */
    public void start(String unit, List<Property> properties)
    {
        try {
            String result;
            try {
                result = startOnce(unit, properties);
            }
            catch (DbusException e) {
                if (!e.is(UNIT_EXISTS)) {
                    throw e;
                }
                resetFailed(unit);
                result = startOnce(unit, properties);
            }
            if (!result.equals("done")) {
                resetFailed(unit);
                throw new HostException("error creating systemd unit `" + unit + "`: got `" + result + "`");
            }
        }
        catch (DbusException e) {
            if (e.kind() == DbusException.Kind.LATE) {
                resetFailed(unit);
                throw new HostException("timeout waiting for systemd to create " + unit + " (" + limit.toSeconds() + " s)", e);
            }
            throw failed("start unit \"" + unit + "\" (properties " + properties + ")", e);
        }
    }

    private String startOnce(String unit, List<Property> properties)
    {
        List<Object> pairs = properties.stream().<Object>map(Property::pair).toList();
        return job("StartTransientUnit", "ssa(sv)a(sa(sv))", List.of(unit, "replace", pairs, List.of()));
    }

    /**
     * Ends a unit with all in it and waits until it is done; then nothing of it is remembered, not even a failure. That there is none
     * is no error.
     */
    public void stop(String unit)
    {
        try {
            job("StopUnit", "ss", List.of(unit, "replace"));
        }
        catch (DbusException e) {
            if (e.kind() == DbusException.Kind.LATE) {
                throw new HostException("timed out while waiting for systemd to remove " + unit + " (" + limit.toSeconds() + " s)", e);
            }
            if (!e.is(NO_SUCH_UNIT)) {
                throw failed("stop unit \"" + unit + "\"", e);
            }
        }
        resetFailed(unit);
    }

    /** Lets systemd forget a unit that failed. Never fails: mostly there is nothing to forget. */
    private void resetFailed(String unit)
    {
        try {
            manager("ResetFailedUnit", "s", List.of(unit));
        }
        catch (DbusException e) {
            // It was not loaded, or had not failed.
        }
    }

    /** Until the unit ends; nothing of it is kept on disk. */
    public void set(String unit, List<Property> properties)
    {
        try {
            manager("SetUnitProperties", "sba(sv)", List.of(unit, true, properties.stream().<Object>map(Property::pair).toList()));
        }
        catch (DbusException e) {
            throw failed("set unit properties of " + unit, e);
        }
    }

    /** @param below the unit's cgroup, beginning with a slash, which alone is that itself */
    public void attach(String unit, String below, int pid)
    {
        try {
            manager("AttachProcessesToUnit", "ssau", List.of(unit, below, List.of((long) pid)));
        }
        catch (DbusException e) {
            throw failed("move process " + pid + " to unit " + unit, e);
        }
    }

    /** @return how it ended: {@code done}, {@code failed}, … */
    private String job(String method, String types, List<Object> arguments)
    {
        subscribe();
        String path = text(manager(method, types, arguments));
        // Anybody on the bus may send us such a signal, but nobody such an answer.
        String sender = connected().answerer();
        DbusMessage removed = connected().signal("the end of the job of " + method,
                signal -> isJobsEnd(signal) && (!overBus || signal.sender().equals(sender)) && path.equals(signal.body().get(1)), limit);
        return (String) removed.body().get(3);
    }

    private static boolean isJobsEnd(DbusMessage signal)
    {
        return signal.member().equals("JobRemoved") && signal.types().equals("uoss");
    }

    /** Before the job is there: its end may come before we know its number. */
    private void subscribe()
    {
        if (!subscribed) {
            manager("Subscribe", "", List.of());
            if (overBus) {
                // Anybody on the bus may send us such a signal, as many and as large as he likes; who has just answered is systemd.
                String systemd = connected().answerer();
                connected().hear(signal -> isJobsEnd(signal) && signal.sender().equals(systemd));
                connected().match(JOBS, limit);
            }
            else {
                connected().hear(Systemd::isJobsEnd);
            }
            subscribed = true;
        }
    }

    /** One of systemd's own. */
    private String property(String name)
    {
        try {
            return get(PATH, MANAGER, name);
        }
        catch (DbusException e) {
            throw failed("read " + name, e);
        }
    }

    private String get(String path, String iface, String name)
    {
        return text(ask(with -> with.call(destination(), path, "org.freedesktop.DBus.Properties", "Get", "ss", List.of(iface, name), limit)));
    }

    /** A user's bus leads to whatever he has there. */
    private static String text(List<Object> answer)
    {
        Object value = answer.isEmpty() ? "nothing" : answer.getFirst();
        if (!answer.isEmpty() && (value instanceof Variant variant ? variant.value() : value) instanceof String text) {
            return text;
        }
        throw DbusException.nonsense("a text was expected, not " + value);
    }

    private List<Object> manager(String method, String types, List<Object> arguments)
    {
        return ask(with -> with.call(destination(), PATH, MANAGER, method, types, arguments, limit));
    }

    /** A bus that is restarted under our hands is asked again, once; what it was told is told again with it. */
    private <T> T ask(Function<DbusConnection, T> question)
    {
        try {
            return question.apply(connected());
        }
        catch (DbusException e) {
            if (e.kind() != DbusException.Kind.CLOSED) {
                throw e;
            }
            boolean again = subscribed;
            close();
            if (again) {
                subscribe();
            }
            return question.apply(connected());
        }
    }

    private String destination()
    {
        return overBus ? NAME : "";
    }

    private HostException failed(String what, DbusException e)
    {
        return new HostException("unable to " + what + ": " + e.getMessage(), e);
    }

    private DbusConnection connected()
    {
        if (connection.isEmpty()) {
            connection = Optional.of(connect());
        }
        return connection.get();
    }

    private DbusConnection connect()
    {
        RuntimeException last = new HostException("no address of it can be used");
        for (Socket socket : sockets) {
            try {
                DbusConnection fresh = connect(socket);
                overBus = socket.bus();
                return fresh;
            }
            catch (ErrnoException | DbusException e) {
                last = e;
            }
        }
        throw new HostException("failed to connect to dbus (hint: for rootless containers, maybe you need to install dbus-user-session package): "
                + where + ": " + last.getMessage(), last);
    }

    /** A queue that is full is no reason to give up: many containers may start at once. */
    private DbusConnection connect(Socket socket)
    {
        long pause = CONNECT_PAUSE.toMillis();
        for (int tries = 1; ; tries++, pause *= 2) {
            try {
                return DbusConnection.open(socket.path(), socket.bus(), limit);
            }
            catch (ErrnoException e) {
                if (!e.is(EAGAIN) || tries == CONNECT_TRIES) {
                    throw e;
                }
            }
            try {
                // Not all at the same moment again.
                Thread.sleep(pause + (long) (Math.random() * pause / 8));
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new HostException("interrupted while waiting for systemd", e);
            }
        }
    }

    @Override
    public void close()
    {
        connection.ifPresent(DbusConnection::close);
        connection = Optional.empty();
        subscribed = false;
    }
}
