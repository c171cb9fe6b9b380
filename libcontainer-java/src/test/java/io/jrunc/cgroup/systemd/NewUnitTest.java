package io.jrunc.cgroup.systemd;

import static io.jrunc.cgroup.ResourcesBuilder.resources;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.SpecException;
import io.jrunc.host.dbus.Variant;
import io.jrunc.spec.Resources;

import java.util.List;

import org.junit.jupiter.api.Test;

class NewUnitTest
{
    private static final UnitPlace SCOPE = new UnitPlace("a-b.slice", "p-web.scope");

    private static List<String> texts(UnitPlace place, boolean v2, List<Property> own, Resources resources, int version)
    {
        return NewUnit.properties(place, NewUnit.description("web", own), 42, v2, own, resources, version).stream().map(Property::toString).toList();
    }

    @Test
    void aScopeOnV2()
    {
        assertThat(texts(SCOPE, true, List.of(), Resources.NONE, 257)).containsExactly("Description=s \"jrunc container web\"", "Slice=s \"a-b.slice\"", "Delegate=b true",
                "PIDs=au [42]", "MemoryAccounting=b true", "CPUAccounting=b true", "IOAccounting=b true", "TasksAccounting=b true", "DefaultDependencies=b false");
    }

    /** With a policy from the start: only so systemd makes a devices cgroup that the process is not taken out of again. */
    @Test
    void aScopeOnV1()
    {
        assertThat(texts(SCOPE, false, List.of(), Resources.NONE, 257)).contains("BlockIOAccounting=b true").doesNotContain("IOAccounting=b true")
                .endsWith("DevicePolicy=s \"strict\"", "DeviceAllow=a(ss) [(\"char-*\" \"rwm\") (\"block-*\" \"rwm\")]");
    }

    @Test
    void aSliceWantsItsParent()
    {
        assertThat(texts(new UnitPlace("a.slice", "a-x.slice"), true, List.of(), Resources.NONE, 257)).contains("Wants=as [\"a.slice\"]")
                .noneMatch(text -> text.startsWith("Slice=") || text.startsWith("Delegate="));
    }

    @Test
    void annotationsWin()
    {
        List<Property> own = List.of(new Property("Description", Variant.text("mine")), new Property("Delegate", Variant.flag(false)));
        assertThat(texts(SCOPE, true, own, Resources.NONE, 257)).contains("Description=s \"mine\"", "Delegate=b false").doesNotContain("Delegate=b true", "Description=s \"jrunc container web\"");
    }

    @Test
    void whatToDoWhenMemoryIsOutIsSaidAtOnce()
    {
        assertThat(texts(SCOPE, true, List.of(), resources().unified("memory.oom.group", "1").build(), 253)).contains("OOMPolicy=s \"kill\"");
        assertThat(texts(SCOPE, true, List.of(), resources().unified("memory.oom.group", "0").build(), 253)).contains("OOMPolicy=s \"continue\"");
        assertThat(texts(SCOPE, true, List.of(), resources().unified("memory.oom.group", "1").build(), 252)).noneMatch(text -> text.startsWith("OOMPolicy"));
        assertThatThrownBy(() -> texts(SCOPE, true, List.of(), resources().unified("memory.oom.group", "2").build(), 253)).isInstanceOf(SpecException.class).hasMessageContaining("must be 0 or 1");
    }
}
