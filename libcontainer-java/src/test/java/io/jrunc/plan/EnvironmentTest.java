package io.jrunc.plan;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class EnvironmentTest
{
    private static final byte[] PASSWD = """
            root:x:0:0:root:/root:/bin/sh
            broken line
            web:x:1000:1000:Web:/srv/web:/bin/sh
            again:x:1000:1000::/elsewhere:/bin/sh
            """.getBytes(StandardCharsets.UTF_8);

    @Test
    void theLastOfSeveralEntriesStaysAtItsPlace()
    {
        assertThat(of(0, "\"A=1\", \"HOME=/h\", \"B=2\", \"A=3\"").entries()).containsExactly("HOME=/h", "B=2", "A=3");
    }

    @Test
    void homeComesFromTheFirstLineOfTheUser()
    {
        assertThat(of(1000, "\"A=1\"").complete(PASSWD)).containsExactly("A=1", "HOME=/srv/web");
    }

    @Test
    void anEmptyHomeCountsAsNone()
    {
        assertThat(of(0, "\"HOME=\", \"A=1\"").complete(PASSWD)).containsExactly("A=1", "HOME=/root");
    }

    @Test
    void anUnknownUserLivesInTheRoot()
    {
        assertThat(of(7, "\"A=1\"").complete(PASSWD)).containsExactly("A=1", "HOME=/");
        assertThat(of(7, "\"A=1\"").complete(new byte[0])).containsExactly("A=1", "HOME=/");
    }

    @Test
    void aHomeOfTheBundleIsKeptAndNobodyNeedsPasswd()
    {
        Environment environment = of(1000, "\"HOME=/mine\"");
        assertThat(environment.homeOf()).isEmpty();
        assertThat(environment.complete(PASSWD)).containsExactly("HOME=/mine");
    }

    @Test
    void theRuntimesEntriesReplaceTheBundles()
    {
        Environment environment = Environment.of(
                Configs.example().with("/process/env", "[\"LISTEN_FDS=9\", \"A=x=y\"]").spec().process(), Map.of("LISTEN_FDS", "2",
                        "LISTEN_PID", "1"));
        assertThat(environment.entries()).containsExactly("A=x=y", "LISTEN_FDS=2", "LISTEN_PID=1");
        assertThat(environment.value("A")).isEqualTo(Optional.of("x=y"));
        assertThat(environment.value("B")).isEmpty();
    }

    private static Environment of(long uid, String entries)
    {
        return Environment.of(Configs.example().with("/process/env", "[" + entries + "]")
                .with("/process/user", "{\"uid\": %d, \"gid\": 0}".formatted(uid)).spec().process(), Map.of());
    }
}
