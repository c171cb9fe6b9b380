package io.jrunc.spec;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Iterator;
import java.util.Map;

/**
 * Prints a JSON tree exactly as Go's json.MarshalIndent and json.Marshal do, because people and scripts compare our output with
 * runc's: {@code "key": value}, one element a line, {@code []} and {@code {}} when empty, and {@code <}, {@code >}, {@code &} as escapes.
 *
 * <p>A node's own toString() would make a mapper with its serializers first, for 10 ms in a fresh JVM.
 */
public final class GoJson
{
    private GoJson()
    {
    }

    /** @param indent what one level adds, e.g. a tab; no newline at the end */
    public static String print(JsonNode node, String indent)
    {
        StringBuilder out = new StringBuilder();
        value(out, node, indent, "\n", ": ");
        return out.toString();
    }

    /** All in one line, without a space or a newline at the end. */
    public static String line(JsonNode node)
    {
        StringBuilder out = new StringBuilder();
        value(out, node, "", "", ":");
        return out.toString();
    }

    private static void value(StringBuilder out, JsonNode node, String indent, String line, String colon)
    {
        switch (node.getNodeType()) {
            case OBJECT -> object(out, node, indent, line, colon);
            case ARRAY -> array(out, node, indent, line, colon);
            case STRING -> text(out, node.textValue());
            case NUMBER, BOOLEAN, NULL -> out.append(node.asText());
            case BINARY, MISSING, POJO -> throw new IllegalArgumentException("not plain JSON: " + node.getNodeType());
        }
    }

    private static void object(StringBuilder out, JsonNode node, String indent, String line, String colon)
    {
        out.append('{');
        Iterator<Map.Entry<String, JsonNode>> members = node.properties().iterator();
        while (members.hasNext()) {
            Map.Entry<String, JsonNode> member = members.next();
            out.append(line).append(indent);
            text(out, member.getKey());
            out.append(colon);
            value(out, member.getValue(), indent, line + indent, colon);
            out.append(members.hasNext() ? "," : line);
        }
        out.append('}');
    }

    private static void array(StringBuilder out, JsonNode node, String indent, String line, String colon)
    {
        out.append('[');
        for (int i = 0; i < node.size(); i++) {
            out.append(i > 0 ? "," : "").append(line).append(indent);
            value(out, node.get(i), indent, line + indent, colon);
        }
        out.append(node.isEmpty() ? "]" : line + "]");
    }

    private static void text(StringBuilder out, String text)
    {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
                        out.append(String.format("\\u%04x", (int) c));
                    }
                    else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
