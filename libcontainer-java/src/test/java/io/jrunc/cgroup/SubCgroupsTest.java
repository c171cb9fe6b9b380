package io.jrunc.cgroup;

import io.jrunc.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SubCgroupsTest
{
    @Test
    void onePathIsForEveryHierarchy()
    {
        assertThat(SubCgroups.of(List.of("/a/b/")).placeFor("memory")).isEqualTo("a/b");
        assertThat(SubCgroups.of(List.of("/")).placeFor("memory")).isEmpty();
        assertThat(SubCgroups.of(List.of("/")).isGiven()).isTrue();
        assertThat(SubCgroups.of(List.of()).isGiven()).isFalse();
    }

    @Test
    void controllersMayGoToDifferentPlaces()
    {
        SubCgroups place = SubCgroups.of(List.of("cpu,memory:x", "pids:y"));

        assertThat(place.placeFor("cpu")).isEqualTo("x");
        assertThat(place.placeFor("memory")).isEqualTo("x");
        assertThat(place.placeFor("pids")).isEqualTo("y");
        assertThat(place.placeFor("devices")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "a b          | invalid --cgroup argument: a (missing <controller>: prefix)",
            "cpu,:x       | invalid --cgroup argument: cpu,:x (empty <controller> prefix)",
            ":x           | invalid --cgroup argument: :x (empty <controller> prefix)",
            "cpu:x cpu:y  | invalid --cgroup argument(s): controller cpu specified multiple times",
            "../x         | bad sub cgroup path: ../x",
            "cpu:x/../..  | bad sub cgroup path: x/../..",
    })
    void malformedOnesAreRefused(String arguments, String message)
    {
        assertThatThrownBy(() -> SubCgroups.of(List.of(arguments.split(" ")))).isInstanceOf(UsageException.class).hasMessage(message);
    }

    @Test
    void aControllerTheContainerIsNotInIsRefused()
    {
        assertThatThrownBy(() -> SubCgroups.of(List.of("rdma:x")).checkControllers(Set.of("cpu")))
                .isInstanceOf(UsageException.class)
                .hasMessage("unknown controller rdma in SubCgroupPaths");
    }
}
