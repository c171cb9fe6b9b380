package io.jrunc.cli;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LegibleTest
{
    @Test
    void whatCommandsATerminalIsShownInstead()
    {
        assertThat(Legible.lines("a\033[2Jb\u009b31mc\177d\re\0f\007g")).isEqualTo("a\\x1b[2Jb\\x9b31mc\\x7fd\\x0de\\x00f\\x07g");
    }

    @Test
    void whatTurnsTextAroundIsShownInstead()
    {
        assertThat(Legible.lines("exe.\u202etxt\u2066\u200f\u061c\u2028")).isEqualTo("exe.\\u{202e}txt\\u{2066}\\u{200f}\\u{61c}\\u{2028}");
        for (int point : new int[] {0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f}) {
            assertThat(Legible.lines(Character.toString(point))).isEqualTo("\\u{%x}".formatted(point));
        }
    }

    @Test
    void linesAndWordsOfAnyLanguageStay()
    {
        String text = "first\n\tcafé שלום مرحبا 日本 😀 \\x1b \"x\"";
        assertThat(Legible.lines(text)).isSameAs(text);
    }

    @Test
    void aQuotedTextIsWrittenAsGoDoes()
    {
        assertThat(GoValues.quote("a\033[2J\u009b\u202e\177\r\n😀")).isEqualTo("\"a\\x1b[2J\\u009b\\u202e\\x7f\\r\\n😀\"");
    }
}
