package io.jrunc.cli;

import io.jrunc.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GlobalsTest
{
    private static Optional<Boolean> rootless(String... words) throws IncorrectUsage
    {
        Invocation caller = new FakeCaller(Path.of("/home")).invocation(words);
        return Globals.of(Parsed.parse(Globals.words(), caller.words()), caller, false).rootless();
    }

    @ParameterizedTest
    @CsvSource({"1, true", "t, true", "T, true", "TRUE, true", "true, true", "True, true", "0, false", "f, false", "F, false", "FALSE, false", "false, false", "False, false"})
    void rootlessIsATruthValueAsGoReadsIt(String word, boolean value) throws IncorrectUsage
    {
        assertThat(rootless("--rootless", word)).contains(value);
        assertThat(rootless("--rootless=" + word)).contains(value);
    }

    @Test
    void withoutAWordItIsDecidedByTheCaller() throws IncorrectUsage
    {
        assertThat(rootless()).isEmpty();
        assertThat(rootless("--rootless", "auto")).isEmpty();
        assertThat(rootless("--rootless", "AUTO")).isEmpty();
    }

    @Test
    void theSameOptionsAsWordsForAnotherDirectory() throws IncorrectUsage
    {
        assertThat(again("--root", "state")).containsExactly("--root", "/home/state", "--log-format", "text");
        assertThat(again("--root", "/s", "--debug", "--log", "a/log", "--log-format", "json", "--rootless", "f"))
                .containsExactly("--root", "/s", "--log-format", "json", "--debug", "--log", "/home/a/log", "--rootless", "false");
        assertThat(again("--root", "/s", "--log", "/dev/stderr")).containsExactly("--root", "/s", "--log-format", "text", "--log", "/dev/stderr");
    }

    private static List<String> again(String... words) throws IncorrectUsage
    {
        Invocation caller = new FakeCaller(Path.of("/home")).invocation(words);
        return Globals.of(Parsed.parse(Globals.words(), caller.words()), caller, false).again(caller);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "maybe", "yes", "tRUE", "2"})
    void otherWordsAreRefused(String word)
    {
        assertThatThrownBy(() -> rootless("--rootless", word)).isInstanceOf(UsageException.class).hasMessageContaining("for --rootless: it is true, false or auto");
    }
}
