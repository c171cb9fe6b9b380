package io.jrunc.cgroup.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.HostException;
import io.jrunc.host.dbus.FakeBus;
import io.jrunc.host.dbus.Variant;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.SocketCalls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exchange with systemd, and how it can fail. */
class SystemdTest
{
    private static final Duration LONG = Duration.ofSeconds(20);
    /** Within which a busy machine, too, comes to an answer. */
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final List<Property> PROPERTIES = List.of(new Property("Description", Variant.text("ours")), new Property("PIDs", Variant.u32s(List.of(42))));

    @TempDir
    private Path folder;
    private FakeSystemd fake;

    @BeforeEach
    void boot()
    {
        fake = new FakeSystemd(folder);
    }

    @AfterEach
    void shutDown()
    {
        fake.close();
    }

    private Systemd systemd()
    {
        return Systemd.of(fake.address(), LONG);
    }

    @Test
    void aUnitIsStartedAndStopped()
    {
        try (Systemd systemd = systemd()) {
            assertThat(systemd.version()).isEqualTo(257);
            assertThat(systemd.controlGroup()).isEqualTo("/user.slice/user-1000.slice/user@1000.service");
            assertThat(systemd.description("web.scope")).isEmpty();
            systemd.start("web.scope", PROPERTIES);
            assertThat(systemd.description("web.scope")).contains("ours");
            systemd.set("web.scope", List.of(new Property("TasksMax", Variant.u64(-1))));
            systemd.attach("web.scope", "/sub", 43);
            systemd.stop("web.scope");
        }
        assertThat(fake.units()).isEmpty();
        assertThat(fake.calls()).containsExactly(
                "StartTransientUnit web.scope replace [Description=s \"ours\", PIDs=au [42]] []",
                "SetUnitProperties web.scope true [TasksMax=t 18446744073709551615]",
                "AttachProcessesToUnit web.scope /sub [43]",
                "StopUnit web.scope replace",
                "ResetFailedUnit web.scope");
    }

    @Test
    void aUnitThatDoesNotStartIsAnErrorAndForgotten()
    {
        fake.result("failed");
        try (Systemd systemd = systemd()) {
            assertThatThrownBy(() -> systemd.start("web.scope", PROPERTIES)).isInstanceOf(HostException.class)
                    .hasMessage("error creating systemd unit `web.scope`: got `failed`");
        }
        assertThat(fake.calls()).endsWith("ResetFailedUnit web.scope");
    }

    @Test
    void whatAnEarlierFailedUnitHasLeftIsNoObstacle()
    {
        fake.has("web.scope", "a failed one");
        try (Systemd systemd = systemd()) {
            systemd.start("web.scope", PROPERTIES);
        }
        assertThat(fake.units()).containsExactly(Map.entry("web.scope", "ours"));
    }

    @Test
    void aUnitThatIsThereIsAnErrorAndStays()
    {
        fake.has("web.scope", "somebody's");
        try (Systemd systemd = systemd()) {
            assertThatThrownBy(() -> systemd.start("web.scope", PROPERTIES)).isInstanceOf(HostException.class)
                    .hasMessageStartingWith("unable to start unit \"web.scope\" (properties [Description=s \"ours\", PIDs=au [42]]): Unit web.scope was already loaded");
        }
        assertThat(fake.units()).containsExactly(Map.entry("web.scope", "somebody's"));
        assertThat(fake.calls()).filteredOn(call -> call.startsWith("Start")).hasSize(2);
    }

    @Test
    void aJobThatDoesNotEndIsGivenUp()
    {
        fake.result("");
        try (Systemd systemd = Systemd.of(fake.address(), SHORT)) {
            assertThatThrownBy(() -> systemd.start("web.scope", PROPERTIES)).isInstanceOf(HostException.class).hasMessage("timeout waiting for systemd to create web.scope (2 s)");
            assertThatThrownBy(() -> systemd.stop("web.scope")).isInstanceOf(HostException.class).hasMessage("timed out while waiting for systemd to remove web.scope (2 s)");
        }
        assertThat(fake.calls()).filteredOn(call -> call.startsWith("Reset")).hasSize(1);
    }

    @Test
    void onlySystemdSaysThatAJobHasEnded()
    {
        fake.intruder("failed");
        try (Systemd systemd = systemd()) {
            systemd.start("web.scope", PROPERTIES);
            systemd.stop("web.scope");
        }
        assertThat(fake.units()).isEmpty();
    }

    @Test
    void stoppingWhatIsGoneIsNoError()
    {
        try (Systemd systemd = systemd()) {
            systemd.stop("web.scope");
        }
        assertThat(fake.calls()).containsExactly("StopUnit web.scope replace", "ResetFailedUnit web.scope");
    }

    @Test
    void whatSystemdRefusesIsTold()
    {
        fake.refuse("SetUnitProperties");
        try (Systemd systemd = systemd()) {
            assertThatThrownBy(() -> systemd.set("web.scope", PROPERTIES)).isInstanceOf(HostException.class).hasMessage("unable to set unit properties of web.scope: no such thing");
        }
    }

    @Test
    void aBusThatIsRestartedIsAskedAgain()
    {
        fake.hangUp(1);
        try (Systemd systemd = systemd()) {
            systemd.start("web.scope", PROPERTIES);
        }
        assertThat(fake.units()).containsOnlyKeys("web.scope");
    }

    @Test
    void aBusThatAlwaysHangsUpIsGivenUp()
    {
        fake.hangUp(1000);
        try (Systemd systemd = systemd()) {
            assertThatThrownBy(systemd::version).isInstanceOf(HostException.class).hasMessage("unable to read Version: the connection was closed");
        }
    }

    @Test
    void withoutABusThereIsAHint()
    {
        try (Systemd systemd = Systemd.of(new Bus("unix:path=" + folder.resolve("none")), LONG)) {
            assertThatThrownBy(systemd::version).isInstanceOf(HostException.class)
                    .hasMessageStartingWith("failed to connect to dbus (hint: for rootless containers, maybe you need to install dbus-user-session package)")
                    .hasMessageEndingWith("no such file or directory");
        }
        try (Systemd systemd = Systemd.of(new Bus("tcp:host=x"), LONG)) {
            assertThatThrownBy(systemd::version).isInstanceOf(HostException.class).hasMessageContaining("no address of it can be used");
        }
    }

    @Test
    void whoIsNoSystemdIsToldSo()
    {
        Path socket = folder.resolve("other");
        try (FakeBus bus = FakeBus.at(socket, (call, answer) -> {
            switch (call.body().toString()) {
                case "[web.scope]" -> answer.returns("");
                default -> answer.returns("u", 5L);
            }
        }); Systemd systemd = Systemd.of(new Bus("unix:path=" + socket), LONG)) {
            assertThatThrownBy(systemd::version).isInstanceOf(HostException.class).hasMessage("unable to read Version: an answer that makes no sense: a text was expected, not 5");
            assertThatThrownBy(() -> systemd.description("web.scope")).isInstanceOf(HostException.class)
                    .hasMessage("unable to look at unit web.scope: an answer that makes no sense: a text was expected, not nothing");
            assertThatThrownBy(() -> systemd.start("web.scope", PROPERTIES)).isInstanceOf(HostException.class).hasMessageContaining("a text was expected, not 5");
        }
    }

    /** Its queue is full for a while, as when many containers start at once. */
    @Test
    void aBusyBusIsTriedAgain() throws Exception
    {
        Path socket = folder.resolve("busy");
        List<Fd> callers = new ArrayList<>();
        try (Fd listener = SocketCalls.socket(SocketCalls.SOCK_STREAM)) {
            SocketCalls.bind(listener, socket.toString());
            SocketCalls.listen(listener, 0);
            callers.add(SocketCalls.socket(SocketCalls.SOCK_STREAM | FileCalls.O_NONBLOCK));
            SocketCalls.connect(callers.getFirst(), socket.toString());
            Thread helper = Thread.ofPlatform().start(() -> {
                // The second connection comes in only when the first is taken.
                SocketCalls.accept(listener).close();
                SocketCalls.accept(listener).close();
            });
            try (Systemd systemd = Systemd.of(new Bus("unix:path=" + socket), LONG)) {
                assertThatThrownBy(systemd::version).isInstanceOf(HostException.class).hasMessageContaining("the connection was closed");
            }
            helper.join();
        }
        finally {
            callers.forEach(Fd::close);
        }
    }

    @Test
    void versionsAreReadAsFarAsTheyAreNumbers()
    {
        assertThat(List.of("257.8-1~deb13u2", "v245.4-1.fc32", "245", "252 (252.39)", "git-abc", "").stream().map(Systemd::number)).containsExactly(257, 245, 245, 252, 0, 0);
    }

    @Test
    void aSessionsBusIsWhereItAnswers()
    {
        Path socket = folder.resolve("other");
        try (FakeBus bus = FakeBus.at(socket, (call, answer) -> answer.returns("u", 1000L))) {
            assertThat(Bus.ownerOfUsers(Map.of("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + folder + "/none;unix:path=" + socket))).hasValue(1000);
        }
        assertThat(Bus.ownerOfUsers(Map.of("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + folder + "/none"))).isEmpty();
        assertThat(Bus.ownerOfUsers(Map.of())).isEmpty();
    }

    @Test
    void theBusOfASessionIsTheOneThatTheCallerNames() throws Exception
    {
        assertThat(Bus.ofUser(Map.of("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x", "XDG_RUNTIME_DIR", folder.toString()))).isEqualTo(new Bus("unix:path=/x"));
        Path runtime = Files.createDirectory(folder.resolve("run dir"));
        Files.createFile(runtime.resolve("bus"));
        assertThat(Bus.ofUser(Map.of("XDG_RUNTIME_DIR", runtime.toString()))).isEqualTo(new Bus("unix:path=" + folder + "/run%20dir/bus"));
        assertThatThrownBy(() -> Bus.ofUser(Map.of("XDG_RUNTIME_DIR", folder.resolve("none").toString()))).isInstanceOf(HostException.class)
                .hasMessageStartingWith("could not detect DBUS_SESSION_BUS_ADDRESS from the environment").hasMessageContaining("dbus-user-session");
        assertThat(Bus.ofUser(Map.of("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x")).isUsers()).isTrue();
        assertThat(Bus.SYSTEM.isUsers()).isFalse();
    }
}
