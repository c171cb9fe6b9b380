package io.jrunc.lifecycle;

import io.jrunc.spec.NamespaceType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class RestoredConfigTest
{
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '~', value = {
        "{}; {\"linux\":{\"namespaces\":[{\"type\":\"time\"}]}}",
        "{\"linux\":null}; {\"linux\":{\"namespaces\":[{\"type\":\"time\"}]}}",
        "{\"Linux\": {\"NameSpaces\": [{\"type\": \"pid\"}], \"a\": 1e3}, \"b\": \"<\"}; {\"Linux\":{\"NameSpaces\":[{\"type\":\"pid\"},{\"type\":\"time\"}],\"a\":1000},\"b\":\"\\u003c\"}"})
    void oneMoreNamespaceAndNothingElse(String before, String after)
    {
        String changed = new String(RestoredConfig.withNamespace(before.getBytes(StandardCharsets.UTF_8), NamespaceType.TIME), StandardCharsets.UTF_8);
        assertThat(changed.replace("1E+3", "1000").replace("1000.0", "1000")).isEqualTo(after);
    }
}
