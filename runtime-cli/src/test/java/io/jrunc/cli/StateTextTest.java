package io.jrunc.cli;

import io.jrunc.lifecycle.ContainerView;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class StateTextTest
{
    private static ContainerView view(String id, int pid, String bundle, String created)
    {
        return new ContainerView("1.3.0", id, pid, "running", bundle, bundle + "/rootfs", Instant.parse(created), Map.of(), "root");
    }

    @Test
    void columnsAreAtLeastTwelveWideAndThreeBlanksApart()
    {
        assertThat(StateText.table(List.of(view("web", 1, "/b", "2026-03-01T12:00:05Z"), view("a-longer-name-than-that", 4711, "/srv/bundles/web", "2026-03-01T12:00:05.123456789Z")))).isEqualTo("""
                ID                        PID         STATUS      BUNDLE             CREATED                          OWNER
                web                       1           running     /b                 2026-03-01T12:00:05Z             root
                a-longer-name-than-that   4711        running     /srv/bundles/web   2026-03-01T12:00:05.123456789Z   root
                """);
    }

    @Test
    void noContainersAreAHeaderInColumnsOfTwelve()
    {
        assertThat(StateText.table(List.of())).isEqualTo("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    }

    @Test
    void aMomentHasAsManyDigitsAsItNeeds()
    {
        for (String created : new String[] {"2026-03-01T12:00:05Z", "2026-03-01T12:00:05.1Z", "2026-03-01T12:00:05.000012Z", "2026-03-01T12:00:05.123456780Z"}) {
            assertThat(StateText.of(view("web", 1, "/b", created))).contains("\"created\": \"" + created.replace("0Z", "Z") + "\"");
        }
    }
}
