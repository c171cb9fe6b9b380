package io.jrunc.cgroup.systemd;

import io.jrunc.host.dbus.DbusMessage;
import io.jrunc.host.dbus.FakeBus;
import io.jrunc.host.dbus.Variant;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A systemd of a test, on a bus of its own: keeps units, and fails as it is told. */
public final class FakeSystemd implements AutoCloseable
{
    private static final String NAME = "org.freedesktop.systemd1";
    private static final String PATH = "/org/freedesktop/systemd1";

    private final FakeBus bus;
    private final Path socket;
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final Map<String, String> units = new LinkedHashMap<>();
    private volatile String version = "257.8-1~deb13u2";
    private volatile String result = "done";
    private volatile String refused = "";
    private volatile Runnable started = () -> { };
    private volatile int hangUps;
    private volatile String intruder = "";
    private int jobs;

    public FakeSystemd(Path folder)
    {
        socket = folder.resolve("bus");
        bus = FakeBus.at(socket, this::asked);
    }

    public Bus address()
    {
        return new Bus("unix:path=" + socket);
    }

    /** What was asked: {@code StopUnit web.scope replace}. Questions that change nothing are left out. */
    public List<String> calls()
    {
        return List.copyOf(calls);
    }

    public synchronized Map<String, String> units()
    {
        return Map.copyOf(units);
    }

    public FakeSystemd version(String text)
    {
        version = text;
        return this;
    }

    /** How its jobs end; empty = never. */
    public FakeSystemd result(String word)
    {
        result = word;
        return this;
    }

    /** Somebody else on the bus says of every job, before it, that it has ended so. */
    public FakeSystemd intruder(String word)
    {
        intruder = word;
        return this;
    }

    /** This method is answered with an error. */
    public FakeSystemd refuse(String method)
    {
        refused = method;
        return this;
    }

    /** So many times it closes the connection instead of answering. */
    public FakeSystemd hangUp(int times)
    {
        hangUps = times;
        return this;
    }

    /** What its starting of a unit does to the machine. */
    public FakeSystemd onStart(Runnable action)
    {
        started = action;
        return this;
    }

    public synchronized FakeSystemd has(String unit, String description)
    {
        units.put(unit, description);
        return this;
    }

    private synchronized void asked(DbusMessage call, FakeBus.Answer answer) throws IOException
    {
        if (hangUps > 0) {
            hangUps--;
            answer.hangUp();
            return;
        }
        List<Object> body = call.body();
        String first = body.isEmpty() ? "" : body.getFirst().toString();
        if (!List.of("Get", "GetUnit", "Subscribe").contains(call.member())) {
            calls.add(call.member() + words(call));
        }
        if (call.member().equals(refused)) {
            answer.fails("org.freedesktop.DBus.Error.InvalidArgs", "no such thing");
            return;
        }
        switch (call.member()) {
            case "Subscribe" -> answer.returns("");
            case "Get" -> answer.returns("v", Variant.text(switch ((String) body.get(1)) {
                case "Version" -> version;
                case "ControlGroup" -> "/user.slice/user-1000.slice/user@1000.service";
                case "ActiveState" -> "a failed one".equals(unit(call)) ? "failed" : "active";
                default -> unit(call);
            }));
            case "GetUnit" -> {
                if (units.containsKey(first)) {
                    answer.returns("o", PATH + "/unit/" + first);
                }
                else {
                    answer.fails(NAME + ".NoSuchUnit", "Unit " + first + " not loaded.");
                }
            }
            case "StartTransientUnit" -> {
                if (units.containsKey(first)) {
                    answer.fails(NAME + ".UnitExists", "Unit " + first + " was already loaded or has a fragment file.");
                    return;
                }
                started.run();
                units.put(first, description(body));
                job(answer, first);
            }
            case "StopUnit" -> {
                if (units.remove(first) == null) {
                    answer.fails(NAME + ".NoSuchUnit", "Unit " + first + " not loaded.");
                    return;
                }
                job(answer, first);
            }
            case "ResetFailedUnit" -> {
                if ("a failed one".equals(units.get(first))) {
                    units.remove(first);
                }
                answer.returns("");
            }
            default -> answer.returns("");
        }
    }

    private String unit(DbusMessage call)
    {
        return units.get(call.path().substring(call.path().lastIndexOf('/') + 1));
    }

    /** Ended before its number is known, as a quick one is. */
    private void job(FakeBus.Answer answer, String unit) throws IOException
    {
        String path = PATH + "/job/" + ++jobs;
        answer.signal(PATH, NAME + ".Manager", "JobRemoved", "uoss", 99L, PATH + "/job/99", "other.scope", "failed");
        if (!intruder.isEmpty()) {
            answer.signalOf(":1.66", PATH, NAME + ".Manager", "JobRemoved", "uoss", (long) jobs, path, unit, intruder);
        }
        if (!result.isEmpty()) {
            answer.signal(PATH, NAME + ".Manager", "JobRemoved", "uoss", (long) jobs, path, unit, result);
        }
        answer.returns("o", path);
    }

    private static String description(List<Object> body)
    {
        for (Object each : (List<?>) body.get(2)) {
            if (((List<?>) each).getFirst().equals("Description")) {
                return (String) ((Variant) ((List<?>) each).get(1)).value();
            }
        }
        return "";
    }

    private static String words(DbusMessage call)
    {
        List<String> words = new ArrayList<>();
        for (Object value : call.body()) {
            boolean properties = value instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof List<?>;
            words.add(!properties ? value.toString() : ((List<?>) value).stream().map(pair -> ((List<?>) pair).get(0) + "=" + ((List<?>) pair).get(1)).toList().toString());
        }
        return words.isEmpty() ? "" : " " + String.join(" ", words);
    }

    @Override
    public void close()
    {
        bus.close();
    }
}
