package io.jrunc.lifecycle;

import io.jrunc.error.SpecException;
import io.jrunc.spec.ExampleSpec;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ReadSpecsTest
{
    private final ReadSpecs specs = new ReadSpecs();

    private static byte[] named(String hostname)
    {
        return ExampleSpec.root(true).replace("\"hostname\": \"jrunc\"", "\"hostname\": \"" + hostname + "\"").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theSameTextIsReadOnceAndAnotherOneIsAnother()
    {
        assertThat(specs.parse(named("one"))).isSameAs(specs.parse(named("one")));
        assertThat(specs.parse(named("two")).hostname()).contains("two");
        assertThat(specs.parse(named("one")).hostname()).contains("one");
    }

    @Test
    void faultsAreToldEachTime()
    {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> specs.parse("{}".getBytes(StandardCharsets.UTF_8))).isInstanceOf(SpecException.class);
        }
        assertThat(specs.size()).isZero();
    }

    @Test
    void onlyTheLastFewAreKept()
    {
        for (int i = 0; i < 100; i++) {
            specs.parse(named("n" + i));
        }
        assertThat(specs.size()).isEqualTo(16);
    }

    @Test
    void largeOnesAreNotKept()
    {
        specs.parse(named("big\", \"annotations\": {\"a\": \"" + "x".repeat(70_000) + "\"}, \"domainname\": \"big"));
        assertThat(specs.size()).isZero();
    }
}
