package io.jrunc.state;

import io.jrunc.error.SpecException;
import io.jrunc.spec.GoJson;
import io.jrunc.spec.JsonTree;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What was begun for a container, written down before it is done: one JSON object a line, only ever appended.
 *
 * <p>Whoever deletes a container, finished or half made, undoes what stands here, last line first. A line that was cut off by a
 * crash is ignored: what it announced was not begun.
 */
public final class Journal
{
    /** One thing that was begun. */
    public sealed interface Entry
    {
        /** The container's cgroup in each hierarchy: path by controller, {@code ""} being v2. Ours from here on. */
        record Cgroup(Map<String, String> paths) implements Entry
        {
            public Cgroup
            {
                paths = Map.copyOf(paths);
            }
        }

        /**
         * The unit of systemd that the cgroup is of.
         *
         * @param description by which it is known to be ours
         * @param bus the address of a user's; empty = the system's
         */
        record Unit(String name, String description, String bus) implements Entry {}

        /** A cgroup directory on the way to the container's that did not exist before. */
        record CgroupParent(String path) implements Entry {}

        /** The init, or a stage on the way to it; the start time is field 22 of /proc/PID/stat. */
        record Init(int pid, long startTime) implements Entry {}

        /** criu is in the cgroup, with helpers that no end of a pid namespace takes along. */
        record Criu() implements Entry {}

        /** A resctrl group of the container alone, or its group for monitoring. */
        record ResctrlGroup(String path) implements Entry {}

        /** A file outside the container's directory that goes when creation fails, such as the pid file. */
        record PidFile(String path) implements Entry {}
    }

    private Journal() {}

    /** One entry as its line, newline included. */
    public static byte[] line(Entry entry)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        switch (entry) {
            case Entry.Cgroup cgroup -> {
                ObjectNode paths = node.putObject("cgroup");
                new TreeMap<>(cgroup.paths()).forEach(paths::put);
            }
            case Entry.Unit unit -> node.put("unit", unit.name()).put("description", unit.description()).put("bus", unit.bus());
            case Entry.CgroupParent parent -> node.put("cgroupParent", parent.path());
            case Entry.Init init -> node.put("init", init.pid()).put("startTime", init.startTime());
            case Entry.Criu() -> node.put("criu", true);
            case Entry.ResctrlGroup group -> node.put("resctrlGroup", group.path());
            case Entry.PidFile file -> node.put("pidFile", file.path());
        }
        return (GoJson.line(node) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** The entries of a journal, oldest first. Never fails: what cannot be read was never begun. */
    public static List<Entry> parse(byte[] text)
    {
        List<Entry> entries = new ArrayList<>();
        new String(text, StandardCharsets.UTF_8).lines().forEach(line -> entry(line).ifPresent(entries::add));
        return entries;
    }

    private static Optional<Entry> entry(String line)
    {
        JsonNode node;
        try {
            node = JsonTree.read(line.getBytes(StandardCharsets.UTF_8));
        }
        catch (SpecException e) {
            return Optional.empty();
        }
        if (node.path("cgroup").isObject()) {
            Map<String, String> paths = new TreeMap<>();
            node.path("cgroup").properties().forEach(e -> paths.put(e.getKey(), e.getValue().asText()));
            return Optional.of(new Entry.Cgroup(paths));
        }
        if (node.path("unit").isTextual() && node.path("description").isTextual() && node.path("bus").isTextual()) {
            return Optional.of(new Entry.Unit(node.path("unit").textValue(), node.path("description").textValue(), node.path("bus").textValue()));
        }
        if (node.path("cgroupParent").isTextual()) {
            return Optional.of(new Entry.CgroupParent(node.path("cgroupParent").textValue()));
        }
        if (node.path("init").isInt() && node.path("startTime").isIntegralNumber()) {
            return Optional.of(new Entry.Init(node.path("init").intValue(), node.path("startTime").longValue()));
        }
        if (node.path("criu").asBoolean()) {
            return Optional.of(new Entry.Criu());
        }
        if (node.path("resctrlGroup").isTextual()) {
            return Optional.of(new Entry.ResctrlGroup(node.path("resctrlGroup").textValue()));
        }
        if (node.path("pidFile").isTextual()) {
            return Optional.of(new Entry.PidFile(node.path("pidFile").textValue()));
        }
        return Optional.empty();
    }
}
