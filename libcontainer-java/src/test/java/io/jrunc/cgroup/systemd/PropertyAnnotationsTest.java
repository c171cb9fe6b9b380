package io.jrunc.cgroup.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.SpecException;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PropertyAnnotationsTest
{
    private static String of(String name, String text)
    {
        return PropertyAnnotations.of(Map.of("org.systemd.property." + name, text, "other", "1")).toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "TimeoutStopUSec | uint64 123456789        | TimeoutStopUSec=t 123456789",
        "CollectMode     | 'inactive-or-failed'    | CollectMode=s \"inactive-or-failed\"",
        "TimeoutStopSec  | 7                       | TimeoutStopUSec=t 7000000",
        "TimeoutStopSec  | uint64 7                | TimeoutStopUSec=t 7000000",
        "TimeoutStopSec  | 1.5                     | TimeoutStopUSec=t 1500000",
        "FooUSec         | 7                       | FooUSec=i 7",
        "Sec             | 7                       | Sec=i 7",
        "After           | ['a.service', \"b\"]    | After=as [\"a.service\" \"b\"]",
        "Wants           | @as []                  | Wants=as []",
        "DefaultDependencies | true                | DefaultDependencies=b true",
        "DeviceAllow     | [('/dev/null', 'rw')]   | DeviceAllow=a(ss) [(\"/dev/null\" \"rw\")]",
        "AllowedCPUs     | [byte 0x0f, 1]          | AllowedCPUs=ay [15 1]",
        "Some            | {'a': <1>, 'b': <'x'>}  | Some=a{sv} [(\"a\" i 1) (\"b\" s \"x\")]",
        "Text            | 'a\\'\\u00e4\\t'        | Text=s \"a'ä\t\"",
        "Bytes           | b'ab'                   | Bytes=ay [97 98 0]",
        "Path            | objectpath '/a/b_1'     | Path=o \"/a/b_1\"",
        "Type            | signature 'a{sv}s'      | Type=g \"a{sv}s\""
    })
    void valuesOfEveryKind(String name, String text, String property)
    {
        assertThat(of(name, text)).isEqualTo("[" + property + "]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "'open", "uint64 -1", "byte 256", "int32 3000000000", "1 2", "[1, 'a']", "maybe", "@as [1]", "('a'", "<1", "@h 1", "[1,", "'\\uZZZZ'", "uint64 'a'", "1..2",
        "objectpath 'a'", "objectpath '/a/'", "objectpath '/ä'", "signature 'a{'"})
    void whatIsNoValueIsRefused(String text)
    {
        assertThatThrownBy(() -> of("Name", text)).isInstanceOf(SpecException.class)
                .hasMessageContaining("annotation org.systemd.property.Name=" + text + " value parse error: ");
    }

    /** They would take minutes, or fail only when the bus gets them. */
    @Test
    void whatIsTooLongIsRefusedAtOnce()
    {
        assertThatThrownBy(() -> of("Name", "1".repeat(5_000_000))).isInstanceOf(SpecException.class).hasMessageContaining("a number of 5000000 characters");
        assertThatThrownBy(() -> of("Name", "@(" + "y".repeat(200_000) + ") (1,)")).isInstanceOf(SpecException.class).hasMessageContaining("a D-Bus type of more than 255 characters");
        assertThatThrownBy(() -> of("Name", "(" + "1,".repeat(300) + ")")).isInstanceOf(SpecException.class).hasMessageContaining("a D-Bus type of more than 255 characters");
    }

    @Test
    void namesAreLetters()
    {
        assertThatThrownBy(() -> of("Ab", "1")).isInstanceOf(SpecException.class).hasMessageContaining("annotation org.systemd.property.Ab name incorrect: too short");
        for (String name : new String[] {"Foo1", "Foo-Bar", "Föö", "A B"}) {
            assertThatThrownBy(() -> of(name, "1")).isInstanceOf(SpecException.class).hasMessageContaining("name incorrect: contains non-alphabetic character");
        }
    }

    @Test
    void whereTheUnitLiesIsNotForAnnotations()
    {
        for (String name : new String[] {"PIDs", "Slice"}) {
            assertThatThrownBy(() -> of(name, "'x'")).isInstanceOf(SpecException.class).hasMessageContaining(name + " name incorrect: jrunc itself says");
        }
    }

    @Test
    void secondsAreNumbers()
    {
        assertThatThrownBy(() -> of("TimeoutStopSec", "'7s'")).isInstanceOf(SpecException.class).hasMessageContaining("not a number");
        assertThatThrownBy(() -> of("TimeoutStopSec", "-1")).isInstanceOf(SpecException.class).hasMessageContaining("no number of seconds");
    }
}
