package io.jrunc.plan;

import io.jrunc.spec.ExampleSpec;
import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecParser;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;

/** The example config with changes; places are JSON pointers of members of objects, {@code /-} at the end appends to an array. */
final class Configs
{
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode config;

    private Configs(JsonNode config)
    {
        this.config = config;
    }

    static Configs example()
    {
        return of(ExampleSpec.root(true));
    }

    static Configs rootless()
    {
        return of(ExampleSpec.rootless(true, 1000, 1000));
    }

    private static Configs of(String json)
    {
        try {
            return new Configs(JSON.readTree(json));
        }
        catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    Configs with(String pointer, String json)
    {
        Configs copy = new Configs(config.deepCopy());
        JsonPointer place = JsonPointer.compile(pointer);
        JsonNode value = of(json).config;
        switch (copy.config.at(place.head())) {
            case ArrayNode array -> array.add(value);
            case ObjectNode object -> object.set(place.last().getMatchingProperty(), value);
            default -> throw new IllegalArgumentException(pointer);
        }
        return copy;
    }

    Configs without(String pointer)
    {
        Configs copy = new Configs(config.deepCopy());
        JsonPointer place = JsonPointer.compile(pointer);
        ((ObjectNode) copy.config.at(place.head())).remove(place.last().getMatchingProperty());
        return copy;
    }

    /** One more mount, after those of the example. */
    Configs mount(String destination, String type, String source, String... options)
    {
        return with("/mounts/-", "{'destination': '%s', 'type': '%s', 'source': '%s', 'options': ['%s']}"
                .formatted(destination, type, source, String.join("', '", options)).replace('\'', '"'));
    }

    /** Only these namespaces: {@code "pid"} is a new one, {@code "pid=/proc/1/ns/pid"} is joined. */
    Configs namespaces(String... namespaces)
    {
        Configs changed = with("/linux/namespaces", "[]");
        for (String namespace : namespaces) {
            String[] words = namespace.split("=");
            changed = changed.with("/linux/namespaces/-", words.length == 1
                    ? "{\"type\": \"%s\"}".formatted(words[0])
                    : "{\"type\": \"%s\", \"path\": \"%s\"}".formatted(words[0], words[1]));
        }
        return changed;
    }

    Spec spec()
    {
        return SpecParser.parse(config.toString().getBytes(StandardCharsets.UTF_8));
    }
}
