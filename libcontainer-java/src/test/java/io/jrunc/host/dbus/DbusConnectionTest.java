package io.jrunc.host.dbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DbusConnectionTest
{
    private static final Duration LONG = Duration.ofSeconds(120);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    private Path folder;

    private Path socket()
    {
        return folder.resolve("bus");
    }

    private DbusConnection open()
    {
        return DbusConnection.open(socket().toString(), true, LONG);
    }

    private static List<Object> ask(DbusConnection connection, Duration limit)
    {
        return connection.call("a.b", "/", "a.b", "Ask", "s", List.of("what"), limit);
    }

    @Test
    void aCallHasItsAnswerAndSignalsBeforeItAreKept()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> {
            answer.signal("/x", "a.b", "Other", "");
            answer.signal("/x", "a.b", "Early", "u", 3L);
            answer.returns("s", "to " + call.body().getFirst());
        }); DbusConnection connection = open()) {
            assertThat(ask(connection, LONG)).containsExactly("to what");
            assertThat(connection.signal("Early", signal -> signal.member().equals("Early"), LONG).body()).containsExactly(3L);
        }
    }

    @Test
    void aMessageMayComeInPieces()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> {
            byte[] whole = new DbusMessage(DbusMessage.Type.RETURN, 7, call.serial(), "", "", "", "", "", "", "s", List.of("x".repeat(100_000))).encode();
            for (int from = 0; from < whole.length; from += 9999) {
                answer.send(java.util.Arrays.copyOfRange(whole, from, Math.min(whole.length, from + 9999)));
            }
        }); DbusConnection connection = open()) {
            assertThat((String) ask(connection, LONG).getFirst()).hasSize(100_000);
        }
    }

    @Test
    void anErrorHasItsNameAndWords()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> answer.fails("a.b.NoSuch", "there is none")); DbusConnection connection = open()) {
            assertThatThrownBy(() -> ask(connection, LONG)).isInstanceOfSatisfying(DbusException.class, e -> {
                assertThat(e.is("a.b.NoSuch")).isTrue();
                assertThat(e).hasMessage("there is none");
            });
        }
    }

    @Test
    void silenceHasAnEnd()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> { }); DbusConnection connection = open()) {
            assertThatThrownBy(() -> ask(connection, SHORT)).isInstanceOfSatisfying(DbusException.class, e -> assertThat(e.kind()).isEqualTo(DbusException.Kind.LATE))
                    .hasMessage("no answer to Ask within 50 ms");
        }
    }

    /** Else one that never stops to talk of something else would hold us for good. */
    @Test
    void theTimeIsUpAlsoWhenThereIsMoreToRead() throws InterruptedException
    {
        CountDownLatch sent = new CountDownLatch(1);
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> {
            answer.returns("");
            answer.signal("/x", "a.b", "Noise", "s", "x".repeat(100_000));
            sent.countDown();
        }); DbusConnection connection = open()) {
            assertThat(ask(connection, LONG)).isEmpty();
            assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> connection.signal("Noise", signal -> true, Duration.ZERO)).isInstanceOf(DbusException.class).hasMessage("no answer to Noise within 0 ms");
            assertThat(connection.signal("Noise", signal -> true, LONG).member()).isEqualTo("Noise");
        }
    }

    @Test
    void aBusThatGoesIsTold()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> answer.hangUp()); DbusConnection connection = open()) {
            assertThatThrownBy(() -> ask(connection, LONG)).isInstanceOfSatisfying(DbusException.class, e -> assertThat(e.kind()).isEqualTo(DbusException.Kind.CLOSED));
            assertThatThrownBy(() -> ask(connection, LONG)).isInstanceOfSatisfying(DbusException.class, e -> assertThat(e.kind()).isEqualTo(DbusException.Kind.CLOSED));
        }
    }

    @Test
    void whatIsNoDbusIsTold()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> answer.send("HTTP/1.1 400 Bad Request".getBytes())); DbusConnection connection = open()) {
            assertThatThrownBy(() -> ask(connection, LONG)).isInstanceOfSatisfying(DbusException.class, e -> assertThat(e.kind()).isEqualTo(DbusException.Kind.NONSENSE));
        }
    }

    @Test
    void whoIsNotAcceptedIsTold()
    {
        try (FakeBus bus = FakeBus.refusing(socket())) {
            assertThatThrownBy(this::open).isInstanceOf(DbusException.class).hasMessage("it does not accept who we are: REJECTED EXTERNAL");
        }
    }

    @Test
    void manySignalsThatNobodyWantsDoNotFillTheMemory()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> {
            for (int i = 0; i < 3000; i++) {
                answer.signal("/x", "a.b", "Noise", "u", (long) i);
            }
            answer.returns("s", "at last");
        }); DbusConnection connection = open()) {
            assertThat(ask(connection, LONG)).containsExactly("at last");
            assertThat(connection.signal("the oldest", signal -> true, LONG).body()).containsExactly(2000L);
        }
    }

    /** On a bus anybody may: only what was asked for, from whom it was asked, is looked at. */
    @Test
    void whatStrangersSendIsPassedOverHoweverMuchItIs()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> {
            answer.send(large(":1.66"));
            for (int i = 0; i < 3000; i++) {
                answer.signalOf(":1.66", "/x", "a.b", "Early", "u", 4L);
            }
            answer.signalOf(":1.66", "/x", "a.b", "Early", "aau", java.util.Collections.nCopies(100_000, List.of()));
            answer.signalOf(":1.7", "/x", "a.b", "Early", "u", 5L);
            for (int i = 0; i < 3000; i++) {
                answer.signalOf(":1.66", "/x", "a.b", "Early", "u", 4L);
            }
            answer.returns("s", "at last");
        }); DbusConnection connection = open()) {
            connection.hear(signal -> signal.sender().equals(":1.7"));
            assertThat(ask(connection, LONG)).containsExactly("at last");
            assertThat(connection.signal("Early", signal -> true, LONG).body()).containsExactly(5L);
        }
    }

    /** Three MiB of text that nobody waits for. */
    private static byte[] large(String sender)
    {
        return new DbusMessage(DbusMessage.Type.SIGNAL, 7, 0, "/x", "a.b", "Large", "", "", sender, "s", List.of("x".repeat(3 << 20))).encode();
    }

    @Test
    void anAnswerThatIsTooLargeIsAnError()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> answer.returns("s", "x".repeat(3 << 20))); DbusConnection connection = open()) {
            assertThatThrownBy(() -> ask(connection, LONG)).isInstanceOfSatisfying(DbusException.class, e -> assertThat(e.kind()).isEqualTo(DbusException.Kind.NONSENSE))
                    .hasMessageContaining("bytes");
        }
    }

    @Test
    void signalsThatAreKeptHaveALimitInBytesToo()
    {
        try (FakeBus bus = FakeBus.at(socket(), (call, answer) -> {
            for (int i = 0; i < 40; i++) {
                answer.signal("/x", "a.b", "Early", "us", (long) i, "x".repeat(100_000));
            }
            answer.returns("s", "at last");
        }); DbusConnection connection = open()) {
            assertThat(ask(connection, LONG)).containsExactly("at last");
            assertThat(connection.signal("the oldest", signal -> true, LONG).body().getFirst()).isEqualTo(30L);
        }
    }
}
