package io.jrunc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

class VerbsTest
{
    private static List<String> words(String line)
    {
        return List.of(("/usr/bin/jrunc " + line).split(" "));
    }

    /** Before the line is read: what a launcher does for nothing takes its time. */
    @Test
    void whatALineMayMakeHangsOnItsVerb()
    {
        for (String line : List.of("run --bundle /b c", "--root /r --debug run c", "create c", "--log /l create --no-pivot c")) {
            assertThat(Verbs.mayMakeContainer(words(line))).as(line).isTrue();
            assertThat(Verbs.mayMakeProcess(words(line))).as(line).isTrue();
        }
        for (String line : List.of("exec web npm run build", "exec web create", "--root /r restore run")) {
            assertThat(Verbs.mayMakeContainer(words(line))).as(line).isFalse();
            assertThat(Verbs.mayMakeProcess(words(line))).as(line).isTrue();
        }
        for (String line : List.of("state run", "kill create TERM", "list", "--version", "delete --force exec")) {
            assertThat(Verbs.mayMakeProcess(words(line))).as(line).isFalse();
        }
    }
}
