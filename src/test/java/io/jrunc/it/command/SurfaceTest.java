package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the installed program says without a container: its version, its completions, an empty list. */
@ExtendWith(JruncExtension.class)
class SurfaceTest
{
    @Test
    void theVersionHasOneFactALineInTheOrderThatManagersExpect(Jrunc jrunc)
    {
        List<String> lines = jrunc.run("--version").expectSuccess().out().lines().toList();
        assertThat(lines).satisfiesExactly(
                line -> assertThat(line).matches("jrunc version \\d\\S*"),
                line -> assertThat(line).matches("commit: [0-9a-f]{7,40}\\S*"),
                line -> assertThat(line).isEqualTo("spec: 1.3.0"),
                line -> assertThat(line).matches("java: \\d\\S*"),
                line -> assertThat(line).matches("libseccomp: \\d+\\.\\d+\\.\\d+"));
        assertThat(jrunc.run("-v").expectSuccess().out().lines().toList()).isEqualTo(lines);
    }

    /** What bash offers after the words, the last of which is being typed. */
    private static List<String> completed(Jrunc jrunc, String... words)
    {
        String quoted = String.join(" ", List.of(words).stream().map(word -> "'" + word + "'").toList());
        Path share = jrunc.runtime().getParent().getParent().resolve("share");
        return Host.capture("bash", "-c", """
                . "$(find %s -name jrunc -path '*completions*' -o -name jrunc.bash)"
                export JRUNC_ENGINE=%s
                COMP_WORDS=(%s %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _jrunc; printf '%%s\\n' "${COMPREPLY[@]}"
                """.formatted(share, jrunc.engine(), jrunc.runtime(), quoted)).lines().toList();
    }

    @Test
    void withoutSystemdItsDriverIsRefused(Jrunc jrunc, Bundle bundle)
    {
        assumeFalse(Host.systemd(), "needs a machine without systemd; on others SystemdCgroupTest runs");
        jrunc.withSystemd().runBundle(jrunc.id("none"), bundle).expectExit(1).expectFailure("systemd not running on this host, cannot use systemd cgroups manager");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void bashCompletesCommandsOptionsAndIds(Jrunc jrunc, Bundle bundle)
    {
        assertThat(completed(jrunc, "")).contains("checkpoint", "create", "delete", "events", "exec", "features", "kill", "list", "pause", "ps", "restore", "resume", "run", "spec", "start", "state",
                "update", "help").doesNotContain("init");
        assertThat(completed(jrunc, "--r")).containsExactlyInAnyOrder("--root", "--rootless");
        assertThat(completed(jrunc, "run", "--")).contains("--bundle", "--console-socket", "--detach", "--keep", "--no-new-keyring", "--no-pivot", "--no-subreaper", "--pid-file", "--pidfd-socket",
                "--preserve-fds");
        String id = jrunc.id("typed");
        jrunc.create(id, bundle.process("true"));
        assertThat(completed(jrunc, "--root", jrunc.root().toString(), "state", id.substring(0, id.length() - 3))).containsExactly(id);
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aMissingDefaultRootIsAnEmptyList(Jrunc jrunc)
    {
        // A /run of its own, where nobody made the default root; no engine is to be started in it.
        String list = "mount -t tmpfs none /run && JRUNC_ENGINE=off %s list --format json && JRUNC_ENGINE=off %<s list && ls /run".formatted(jrunc.runtime());
        assertThat(Host.capture("unshare", "--mount", "sh", "-c", list)).isEqualTo("null\nID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    }
}
