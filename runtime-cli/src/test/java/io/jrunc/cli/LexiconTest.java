package io.jrunc.cli;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LexiconTest
{
    private static final String NAME = "exec-of-this-test";

    @Test
    void aGrammarIsUsedAgainWithoutAnythingOfTheLineBefore() throws IncorrectUsage
    {
        Words words = Lexicon.take(NAME, () -> new ExecVerb().words());
        Parsed first = Parsed.parse(words, List.of("-e", "A=1", "--tty", "--cwd=/a", "one", "sh"));
        assertThat(first.list("--env")).containsExactly("A=1");
        assertThat(first.flag("--tty")).isTrue();
        Lexicon.giveBack(NAME, words);
        Words again = Lexicon.take(NAME, () -> new ExecVerb().words());
        assertThat(again).isSameAs(words);
        Parsed second = Parsed.parse(again, List.of("--env=B=2", "two", "true"));
        assertThat(second.list("--env")).containsExactly("B=2");
        assertThat(second.flag("--tty")).isFalse();
        assertThat(second.text("--cwd")).isEmpty();
        assertThat(second.arguments()).containsExactly("two", "true");
        assertThatThrownBy(() -> Parsed.parse(again, List.of("--nonsense"))).isInstanceOf(IncorrectUsage.class);
        assertThat(Parsed.parse(again, List.of("three")).arguments()).containsExactly("three");
    }

    @Test
    void twoCommandsAtOnceHaveOneEach()
    {
        Words one = Lexicon.take(NAME + "2", () -> new ExecVerb().words());
        assertThat(Lexicon.take(NAME + "2", () -> new ExecVerb().words())).isNotSameAs(one);
    }
}
