package io.jrunc.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.SpecException;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryPolicyTest
{
    private static final Set<MemoryPolicyMode> NO_NODES = EnumSet.of(MemoryPolicyMode.DEFAULT, MemoryPolicyMode.LOCAL);
    private static final Set<MemoryPolicyMode> ANY = EnumSet.of(MemoryPolicyMode.PREFERRED);

    private static MemoryPolicy policy(MemoryPolicyMode mode, String... nodes)
    {
        return new MemoryPolicy(mode, nodes.length == 0 ? Optional.empty() : Optional.of(RangeList.parse(nodes[0])), Set.of());
    }

    @ParameterizedTest
    @EnumSource
    void eachModeTakesNoNodesSomeOrAny(MemoryPolicyMode mode)
    {
        if (NO_NODES.contains(mode)) {
            assertThatThrownBy(() -> policy(mode, "0")).isInstanceOf(SpecException.class).hasMessageContaining("memory policy mode requires 0 nodes but got 1");
        }
        else {
            assertThat(policy(mode, "0").kernelMode()).isEqualTo(mode.number());
            assertThat(policy(mode, "0-1,3").nodes().orElseThrow().count()).isEqualTo(3);
        }
        if (NO_NODES.contains(mode) || ANY.contains(mode)) {
            assertThat(policy(mode).nodes()).isEmpty();
        }
        else {
            assertThatThrownBy(() -> policy(mode)).isInstanceOf(SpecException.class).hasMessageContaining("memory policy mode requires at least one node but got 0");
        }
    }
}
