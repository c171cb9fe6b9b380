package io.jrunc.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.StateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerDirectoryTest
{
    private static final ContainerId WEB = new ContainerId("web");

    @TempDir
    private Path root;

    private ContainerDirectory directory;

    @BeforeEach
    void create()
    {
        directory = new StateStore(root).create(WEB, Duration.ofSeconds(1));
    }

    @AfterEach
    void close()
    {
        directory.close();
    }

    private static ContainerState state(int pid)
    {
        return new ContainerState(WEB, "/bundle", "/bundle/rootfs", pid, 4711, Instant.parse("2026-01-02T03:04:05Z"), Map.of("a", "b"),
                Map.of("", "/sys/fs/cgroup/web"), Optional.of(new Journal.Entry.Unit("jrunc-web.scope", "jrunc container web", "")), Map.of("mnt", "/proc/" + pid + "/ns/mnt"), true, false, List.of("/dev/null", "pipe:[4711]", "pipe:[4712]"));
    }

    @Test
    void whatWasSavedIsRead()
    {
        assertThat(directory.state()).isEmpty();
        directory.saveState(state(1));
        assertThat(directory.state()).contains(state(1));
    }

    /** Nor what another command has written between. */
    @Test
    void whatWasBegunIsKnownWhoeverWroteIt()
    {
        directory.begin(new Journal.Entry.Cgroup(Map.of("", "/sys/fs/cgroup/web")));
        directory.begin(new Journal.Entry.Init(7, 4711));
        assertThat(directory.begun()).containsExactly(new Journal.Entry.Cgroup(Map.of("", "/sys/fs/cgroup/web")), new Journal.Entry.Init(7, 4711));
        try (ContainerDirectory other = new StateStore(root).get(WEB)) {
            assertThat(other.begun()).isEqualTo(directory.begun());
            other.begin(new Journal.Entry.Criu());
            assertThat(other.begun()).hasSize(3).isEqualTo(directory.begun());
        }
    }

    /** A state is never written over: whoever has the old one open, or is told its name at the wrong moment, reads a whole one. */
    @Test
    void aNewStateTakesThePlaceOfTheOldOne() throws IOException
    {
        Path file = root.resolve("web/state.json");
        directory.saveState(state(1));
        Object before = Files.getAttribute(file, "unix:ino");
        try (var old = Files.newInputStream(file)) {
            directory.saveState(state(2));
            assertThat(Files.getAttribute(file, "unix:ino")).isNotEqualTo(before);
            assertThat(ContainerState.parse(old.readAllBytes())).isEqualTo(state(1));
        }
        assertThat(directory.state()).contains(state(2));
        assertThat(root.resolve("web")).isDirectoryContaining(each -> each.equals(file)).isDirectoryNotContaining(each -> !each.equals(file));
    }

    @Test
    void aCommandThatDiedWhileSavingHarmsNobody() throws IOException
    {
        directory.saveState(state(1));
        Path half = Files.writeString(root.resolve("web/state.json.new"), "{\"form");
        assertThat(directory.state()).contains(state(1));
        directory.saveState(state(2));
        assertThat(directory.state()).contains(state(2));
        assertThat(half).doesNotExist();

        Files.writeString(half, "{\"form");
        directory.delete();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void allThatIsOursGoesAndNothingElse() throws IOException
    {
        directory.saveConfig(new byte[] {'{', '}'});
        directory.saveState(state(1));
        ContainerDirectory.StartFifos fifos = directory.makeStartFifos();
        fifos.start().close();
        fifos.report().close();
        Files.createFile(directory.makeNotify().resolve(ContainerDirectory.NOTIFY_SOCKET));
        Path stranger = Files.writeString(root.resolve("web/mine"), "");
        assertThatThrownBy(directory::delete).isInstanceOf(StateException.class).hasMessageContaining("holds files that jrunc did not make");
        assertThat(root.resolve("web")).isDirectoryContaining(each -> each.equals(stranger)).isDirectoryNotContaining(each -> !each.equals(stranger));
        Files.delete(stranger);
        directory.delete();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aLinkInTheWayIsNotFollowed(@TempDir Path elsewhere) throws IOException
    {
        Path victim = Files.writeString(elsewhere.resolve("victim"), "mine");
        Files.createSymbolicLink(root.resolve("web/state.json.new"), victim);
        directory.saveState(state(1));
        assertThat(victim).hasContent("mine");
        assertThat(directory.state()).contains(state(1));
    }

    @Test
    void aBrokenStateIsSaid() throws IOException
    {
        Files.writeString(root.resolve("web/state.json"), "{\"form");
        assertThatThrownBy(() -> directory.state()).isInstanceOf(StateException.class).hasMessageStartingWith("state.json cannot be read: ");
    }
}
