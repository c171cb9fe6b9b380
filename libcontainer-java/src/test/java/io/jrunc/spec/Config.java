package io.jrunc.spec;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jrunc.error.SpecException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A config.json that tests change, member by member; places are JSON pointers. */
final class Config
{
    private static final String MINIMAL = """
            {"ociVersion": "1.3.0", "process": {"args": ["sh"], "cwd": "/"}, "root": {"path": "rootfs"},
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
             "hooks": {"poststop": [{"path": "/bin/true"}]},
             "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]}}""";

    private static final Set<String> MAPS = Set.of("annotations", "sysctl", "unified", "rdma", "netDevices", "timeOffsets");

    private final JsonNode document;

    private Config(JsonNode document)
    {
        this.document = document;
    }

    static Config minimal()
    {
        return of(MINIMAL);
    }

    static Config of(String json)
    {
        return new Config(JsonTree.read(json.getBytes(StandardCharsets.UTF_8)));
    }

    /** A config with every member that the specification knows. */
    static Config everything()
    {
        return of(resource("everything.json"));
    }

    static String resource(String name)
    {
        try (InputStream in = Config.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy whose members have other names; not those of maps, whose keys are data. */
    Config withNames(UnaryOperator<String> change)
    {
        return new Config(renamed(document, change));
    }

    private static JsonNode renamed(JsonNode node, UnaryOperator<String> change)
    {
        if (node instanceof ArrayNode array) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            array.forEach(element -> copy.add(renamed(element, change)));
            return copy;
        }
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        object.properties().forEach(member -> copy.set(change.apply(member.getKey()),
                MAPS.contains(member.getKey()) ? keepingKeys(member.getValue(), change) : renamed(member.getValue(), change)));
        return copy;
    }

    private static JsonNode keepingKeys(JsonNode map, UnaryOperator<String> change)
    {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        map.properties().forEach(entry -> copy.set(entry.getKey(), renamed(entry.getValue(), change)));
        return copy;
    }

    /** A copy with this value; objects on the way are made, {@code /-} appends to an array. */
    Config with(String pointer, String json)
    {
        JsonNode copy = document.deepCopy();
        set(copy, JsonPointer.compile(pointer), JsonTree.read(json.getBytes(StandardCharsets.UTF_8)));
        return new Config(copy);
    }

    Config without(String pointer)
    {
        JsonNode copy = document.deepCopy();
        JsonPointer place = JsonPointer.compile(pointer);
        JsonNode parent = copy.at(place.head());
        if (parent instanceof ObjectNode object) {
            object.remove(place.last().getMatchingProperty());
        }
        else if (parent instanceof ArrayNode array) {
            array.remove(place.last().getMatchingIndex());
        }
        return new Config(copy);
    }

    private static void set(JsonNode node, JsonPointer place, JsonNode value)
    {
        boolean last = place.tail().matches();
        if (node instanceof ArrayNode array) {
            int index = place.getMatchingIndex();
            if (last && index < 0) {
                array.add(value);
            }
            else if (last) {
                array.set(index, value);
            }
            else {
                set(array.get(index), place.tail(), value);
            }
            return;
        }
        ObjectNode object = (ObjectNode) node;
        String name = place.getMatchingProperty();
        if (last) {
            object.set(name, value);
            return;
        }
        if (!object.has(name)) {
            object.set(name, JsonNodeFactory.instance.objectNode());
        }
        set(object.get(name), place.tail(), value);
    }

    JsonNode document()
    {
        return document;
    }

    byte[] bytes()
    {
        return GoJson.print(document, " ").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws SpecException with the parser's faults */
    Spec parse()
    {
        return SpecParser.parse(bytes());
    }
}
