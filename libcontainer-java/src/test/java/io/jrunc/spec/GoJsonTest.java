package io.jrunc.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

class GoJsonTest
{
    @Test
    void oneLineHasNoSpaces()
    {
        assertThat(GoJson.line(tree("{ \"a\" : [1, -2.5, true, null], \"b\" : {}, \"c\": [], \"d\": {\"e\": \"f\"} }"))).isEqualTo("{\"a\":[1,-2.5,true,null],\"b\":{},\"c\":[],\"d\":{\"e\":\"f\"}}");
    }

    @Test
    void manyLinesAreIndented()
    {
        assertThat(GoJson.print(tree("{\"a\": [1, {}], \"b\": {\"c\": []}}"), "  ")).isEqualTo("""
                {
                  "a": [
                    1,
                    {}
                  ],
                  "b": {
                    "c": []
                  }
                }""");
    }

    @Test
    void whatIsSpecialIsEscapedAsGoDoes()
    {
        String text = "\"\\\b\f\n\r\t\u0001<>&\u2028\u2029é😀";
        String line = GoJson.line(((ObjectNode) tree("{}")).put("k", text));
        assertThat(line).isEqualTo("{\"k\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u003c\\u003e\\u0026\\u2028\\u2029é😀\"}");
        // Whoever reads it gets the same text back.
        assertThat(tree(line).path("k").textValue()).isEqualTo(text);
    }

    private static JsonNode tree(String json)
    {
        return JsonTree.read(json.getBytes(StandardCharsets.UTF_8));
    }
}
