package io.jrunc.cgroup.device;

import io.jrunc.error.SpecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DeviceRulesTest
{
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "                                                | deny by default, except {}",
            "+a                                              | allow by default, except {}",
            "+a, -a                                          | deny by default, except {}",
            "+c 1:3 rwm, +a                                  | allow by default, except {}",
            "+c 1:3 r, +c 1:3 w                              | deny by default, except {c 1:3=rw}",
            "+c 1:3 rwm, -c 1:3 w                            | deny by default, except {c 1:3=rm}",
            "+c 1:3 rwm, -c 1:3 rwm                          | deny by default, except {}",
            "+c 1:3 rwm, -c 1:* w                            | deny by default, except {c 1:3=rm}",
            "+c 1:3 rwm, -c *:* rwm                          | deny by default, except {}",
            "+c 1:3 rwm, -b 1:3 rwm                          | deny by default, except {c 1:3=rwm}",
            "+c *:* m, -c 1:3 rw                             | deny by default, except {c *:*=m}",
            "-c 1:3 rwm                                      | deny by default, except {}",
            "+a, -c 1:3 w                                    | allow by default, except {c 1:3=w}",
            "+a, -c 1:3 w, -b 8:* rwm, +c 1:3 w              | allow by default, except {b 8:*=rwm}",
            "+b 8:1 r, +c 8:1 r, +c 1:9 r, +c 1:* m          | deny by default, except {c 1:*=m, c 1:9=r, b 8:1=r, c 8:1=r}",
    })
    void rulesInOrderBecomeADefaultAndItsExceptions(String rules, String normal)
    {
        assertThat(DeviceRules.of(rules(rules))).hasToString(normal);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "+c 1:* rwm, -c 1:3 w     | deny c 1:3 w  | c 1:* rwm",
            "+c *:3 rwm, -c 1:3 w     | deny c 1:3 w  | c *:3 rwm",
            "+c *:* m, -c 1:3 m       | deny c 1:3 m  | c *:* m",
            "+c 1:* r, -c *:3 r       | deny c *:3 r  | c 1:* r",
            "+a, -c 1:* w, +c 1:3 w   | allow c 1:3 w | c 1:* w",
    })
    void aHoleInAWildcardIsRefusedBecauseTheKernelWouldIgnoreIt(String rules, String rule, String wildcard)
    {
        assertThatThrownBy(() -> DeviceRules.of(rules(rules)))
                .isInstanceOf(SpecException.class)
                .hasMessage("linux.resources.devices: rule \"" + rule + "\" not supported by devices cgroupv1 (cannot punch hole in existing wildcard rule \"" + wildcard + "\")");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            // current | target | writes
            "a *:* rwm                | +c 1:3 rwm             | deny a *:* rwm, allow c 1:3 rwm",
            "c 1:3 rwm                | +c 1:3 rwm             | ",
            "c 1:3 rwm                | +c 1:3 r               | deny c 1:3 wm",
            "c 1:3 r                  | +c 1:3 rw, +c 1:5 m    | allow c 1:3 w, allow c 1:5 m",
            "c 1:3 r;b 8:0 r          | +c 1:5 r               | deny c 1:3 r, deny b 8:0 r, allow c 1:5 r",
            "c 1:3 r                  | +a                     | allow a *:* rwm",
            "c 1:3 r                  | +a, -c 1:3 r           | allow a *:* rwm, deny c 1:3 r",
            "a *:* rwm                | +a                     | allow a *:* rwm",
            "                         | +c 1:3 r               | allow c 1:3 r",
    })
    void onlyDifferencesAreWritten(String list, String target, String writes)
    {
        DeviceRules current = DeviceRules.ofDevicesList(list == null ? "" : list.replace(';', '\n') + "\n");
        assertThat(current.transitionTo(DeviceRules.of(rules(target))).stream().map(CgroupDeviceRule::toString))
                .containsExactlyElementsOf(words(writes));
    }

    @Test
    void anUpdateBetweenAllowListsNeverDeniesWhatBothAllow()
    {
        DeviceRules before = DeviceRules.of(rules("+c 1:3 rwm, +c 1:5 rwm"));
        List<CgroupDeviceRule> writes = before.transitionTo(DeviceRules.of(rules("+c 1:3 rwm, +c 1:8 r")));

        assertThat(writes).noneMatch(rule -> !rule.allow() && (rule.isEverything() || rule.devices().minor() == 3));
    }

    @Test
    void theDefaultsLetAContainerMakeNodesAndUseTheUsualOnes()
    {
        assertThat(DeviceRules.of(DeviceRules.DEFAULTS)).hasToString("deny by default, except {b *:*=m, c *:*=m, c 1:3=rwm, c 1:5=rwm, "
                + "c 1:7=rwm, c 1:8=rwm, c 1:9=rwm, c 5:0=rwm, c 5:2=rwm, c 10:200=rwm, c 136:*=rwm}");
    }

    @Test
    void theKernelsListIsReadBackAsItWasWritten()
    {
        DeviceRules target = DeviceRules.of(DeviceRules.DEFAULTS);
        StringBuilder list = new StringBuilder();
        target.exceptions().forEach((devices, access) -> list.append(devices).append(' ').append(access).append('\n'));

        assertThat(target.isReachedBy(DeviceRules.ofDevicesList(list.toString()))).isTrue();
        assertThat(target.isReachedBy(DeviceRules.ofDevicesList("c 1:3 rwm\n"))).isFalse();
        assertThat(target.isReachedBy(DeviceRules.ofDevicesList("a *:* rwm\n"))).isFalse();
        assertThat(DeviceRules.of(rules("+a, -c 1:3 r")).isReachedBy(DeviceRules.ofDevicesList("a *:* rwm\n"))).isTrue();
    }

    @Test
    void numbersThatNoDeviceHasAreRefused()
    {
        assertThatThrownBy(() -> new DeviceNumbers(DeviceKind.CHAR, 1L << 32, 0)).hasMessageContaining("4294967296:0");
        assertThatThrownBy(() -> AccessBits.of("")).hasMessage("device access cannot be empty");
        assertThatThrownBy(() -> AccessBits.of("rx")).hasMessage("unknown device access \"rx\"");
        assertThatThrownBy(() -> CgroupDeviceRule.allow("c 1 rwm")).hasMessage("malformed device rule \"c 1 rwm\"");
    }

    /** {@code +c 1:3 rwm, -a} */
    static List<CgroupDeviceRule> rules(String text)
    {
        return words(text).stream().map(rule -> CgroupDeviceRule.parse(rule.charAt(0) == '+', rule.substring(1))).toList();
    }

    private static List<String> words(String text)
    {
        return text == null ? List.of() : Arrays.stream(text.split(",")).map(String::strip).filter(word -> !word.isEmpty()).toList();
    }
}
