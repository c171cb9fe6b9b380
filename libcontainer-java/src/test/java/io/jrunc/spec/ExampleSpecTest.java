package io.jrunc.spec;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ExampleSpecTest
{
    @Test
    void isTheWrittenExampleByteForByte()
    {
        assertThat(ExampleSpec.root(true)).isEqualTo(Config.resource("example.json"));
    }

    @Test
    void theRootlessOneIsTheWrittenExampleByteForByte()
    {
        assertThat(ExampleSpec.rootless(true, 1000, 1001)).isEqualTo(Config.resource("example-rootless.json"));
    }

    @Test
    void onlyOnAUnifiedHostThereIsACgroupNamespace()
    {
        assertThat(parse(ExampleSpec.root(true)).linux().creates(NamespaceType.CGROUP)).isTrue();
        assertThat(parse(ExampleSpec.root(false)).linux().creates(NamespaceType.CGROUP)).isFalse();
        assertThat(parse(ExampleSpec.rootless(false, 1, 1)).linux().creates(NamespaceType.CGROUP)).isFalse();
    }

    @Test
    void parsesAndIsValid()
    {
        for (String text : List.of(ExampleSpec.root(true), ExampleSpec.root(false), ExampleSpec.rootless(true, 1000, 1001),
                ExampleSpec.rootless(false, 0, 0))) {
            Spec spec = parse(text);
            assertThat(SpecValidator.problems(spec, path -> true)).isEmpty();
            assertThat(SpecValidator.warnings(spec)).isEmpty();
            assertThat(spec.process().capabilities().orElseThrow().inheritable()).isEmpty();
            assertThat(spec.process().capabilities().orElseThrow().ambient()).isEmpty();
        }
    }

    @Test
    void theRootlessOneKeepsToTheRulesForUsers()
    {
        Spec spec = parse(ExampleSpec.rootless(true, 1000, 1001));
        assertThat(RootlessRules.problems(spec)).isEmpty();
        assertThat(spec.linux().resources()).isEmpty();
        assertThat(spec.linux().has(NamespaceType.NETWORK)).isFalse();
        assertThat(spec.linux().uidMappings()).containsExactly(new IdMapping(0, 1000, 1));
        assertThat(spec.linux().gidMappings()).containsExactly(new IdMapping(0, 1001, 1));
    }

    @Test
    void printsLikeGo()
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("text", "<a>&\"\\\n\t\u0001\u2028é\u007f").put("n", -1).put("b", true).putNull("z");
        node.putArray("empty");
        node.putObject("none");
        node.putArray("list").add(1).add(JsonNodeFactory.instance.objectNode().put("x", 2));
        assertThat(GoJson.print(node, "    ")).isEqualTo("""
                {
                    "text": "\\u003ca\\u003e\\u0026\\"\\\\\\n\\t\\u0001\\u2028é\u007f",
                    "n": -1,
                    "b": true,
                    "z": null,
                    "empty": [],
                    "none": {},
                    "list": [
                        1,
                        {
                            "x": 2
                        }
                    ]
                }""");
    }

    private static Spec parse(String text)
    {
        return SpecParser.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
