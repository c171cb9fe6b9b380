package io.jrunc.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jrunc.error.SpecException;

import java.io.IOException;

/**
 * Reads one JSON document into Jackson's tree, with limits.
 *
 * <p>Fills the tree from the token stream itself: an ObjectMapper does the same, but making one costs a fresh JVM 35 ms against 9
 * (measured with an AOT cache), more than everything else in this package.
 */
public final class JsonTree
{
    /** Bytes; far above any real config.json, seccomp profiles included. What has more shall not use up an engine that serves others. */
    public static final int MAX_BYTES = 4 << 20;
    private static final int MAX_NESTING = 200;
    /** An empty list takes three bytes of text and fifty of memory: 10,000 mounts are 60,000 values. */
    private static final int MAX_VALUES = 100_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.CHARSET_DETECTION)    // UTF-8 and nothing else, as the specification wants
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxStringLength(MAX_BYTES)
                    .maxDocumentLength(MAX_BYTES)
                    .build())
            .build();

    private final JsonParser parser;
    private int values;

    private JsonTree(JsonParser parser)
    {
        this.parser = parser;
    }

    /**
     * Reads exactly one document. Of a name that appears twice in one object the last value counts.
     *
     * @throws SpecException not JSON, text after the document, or above a limit; says line and column
     */
    public static JsonNode read(byte[] json)
    {
        if (json.length > MAX_BYTES) {
            throw new SpecException("", "malformed JSON: longer than " + MAX_BYTES + " bytes");
        }
        try (JsonParser parser = FACTORY.createParser(json)) {
            return new JsonTree(parser).document();
        }
        catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
            throw new SpecException("", "malformed JSON" + place(e.getLocation()) + ": " + Problems.printable(reason));
        }
        catch (IOException e) {
            // Bytes in memory can always be read; they may only not be UTF-8.
            throw new SpecException("", "malformed JSON: " + Problems.printable(String.valueOf(e.getMessage())));
        }
    }

    private JsonNode document() throws IOException
    {
        try {
            if (parser.nextToken() == null) {
                throw new SpecException("", "malformed JSON: the document is empty");
            }
            JsonNode document = value();
            if (parser.nextToken() != null) {
                throw new SpecException("", "malformed JSON" + place(parser.currentTokenLocation()) + ": text after the end of the document");
            }
            return document;
        }
        catch (StreamConstraintsException e) {
            // It knows no place, and names the method that would give the limit.
            String reason = e.getOriginalMessage().replaceAll(", from `[^`]*`", "");
            throw new SpecException("", "malformed JSON" + place(parser.currentLocation()) + ": " + Problems.printable(reason));
        }
    }

    private static String place(JsonLocation location)
    {
        return location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private JsonNode value() throws IOException
    {
        if (++values > MAX_VALUES) {
            throw new SpecException("", "malformed JSON" + place(parser.currentTokenLocation()) + ": more than " + MAX_VALUES + " values");
        }
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = nodes.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.set(name, value());
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = nodes.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value());
                }
                yield array;
            }
            case VALUE_STRING -> nodes.textNode(parser.getText());
            case VALUE_NUMBER_INT -> switch (parser.getNumberType()) {
                case INT -> nodes.numberNode(parser.getIntValue());
                case LONG -> nodes.numberNode(parser.getLongValue());
                default -> nodes.numberNode(parser.getBigIntegerValue());
            };
            // Never a valid value in a config.json, so how exactly it is kept does not matter.
            case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDoubleValue());
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            case VALUE_NULL -> nodes.nullNode();
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                    throw new IllegalStateException("a JSON value cannot begin with " + parser.currentToken());
        };
    }
}
