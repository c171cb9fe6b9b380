package io.jrunc.cgroup.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.SpecException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitPlaceTest
{
    @ParameterizedTest
    @CsvSource({
        "'',                 system.slice,  jrunc-web.scope,  system.slice/jrunc-web.scope",
        "a.slice:pre:name,   a.slice,       pre-name.scope,   a.slice/pre-name.scope",
        "a-b-c.slice:p:n,    a-b-c.slice,   p-n.scope,        a.slice/a-b.slice/a-b-c.slice/p-n.scope",
        ":p:n,               system.slice,  p-n.scope,        system.slice/p-n.scope",
        "::n,                system.slice,  -n.scope,         system.slice/-n.scope",
        "-:p:n,              -.slice,       p-n.scope,        p-n.scope",
        "-.slice:p:n,        -.slice,       p-n.scope,        p-n.scope",
        "a.slice:p:a-x.slice, a.slice,      a-x.slice,        a.slice/a-x.slice",
    })
    void whereAPathLeads(String path, String slice, String unit, String directory)
    {
        UnitPlace place = UnitPlace.of(path, "web", "system.slice");
        assertThat(place).isEqualTo(new UnitPlace(slice, unit));
        assertThat(place.path()).isEqualTo(directory);
    }

    @Test
    void aUsersDefaultIsAnotherSlice()
    {
        assertThat(UnitPlace.of("", "web", "user.slice").path()).isEqualTo("user.slice/jrunc-web.scope");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a/b", "a:b", "a.slice:b:c:d", "web"})
    void anotherFormIsRefused(String path)
    {
        assertThatThrownBy(() -> UnitPlace.of(path, "web", "system.slice")).isInstanceOf(SpecException.class)
                .hasMessageContaining("linux.cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"" + path + "\" instead");
    }

    @ParameterizedTest
    @ValueSource(strings = {".slice", "a", "a/b.slice", "a--b.slice", "-a.slice", "a-.slice", "..slice", "a b.slice", "a\0.slice", "ä.slice"})
    void whatIsNoSliceIsRefused(String slice)
    {
        assertThatThrownBy(() -> UnitPlace.of(slice + ":p:n", "web", "system.slice")).isInstanceOf(SpecException.class).hasMessageContaining("invalid slice name: " + slice);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/../../b", "a b", "ä", "%n"})
    void whatIsNoUnitIsRefused(String name)
    {
        assertThatThrownBy(() -> UnitPlace.of(":p:" + name, "web", "system.slice")).isInstanceOf(SpecException.class)
                .hasMessageContaining("\"p-" + name + ".scope\" is no name that a systemd unit can have");
    }
}
