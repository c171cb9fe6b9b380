package io.jrunc.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketCallsTest
{
    private final Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);

    @AfterEach
    void close()
    {
        pair[0].close();
        pair[1].close();
    }

    @Test
    void aDescriptorArrivesAsTheSameFileAndCloseOnExec(@TempDir Path folder)
            throws IOException
    {
        Path file = Files.writeString(folder.resolve("file"), "text");
        try (Fd sent = FileCalls.open(file.toString(), FileCalls.O_RDONLY, 0)) {
            SocketCalls.send(pair[0], "hello".getBytes(UTF_8), List.of(sent));
        }
        SocketCalls.Message message = SocketCalls.receive(pair[1], 100);
        assertThat(message.bytes()).isEqualTo("hello".getBytes(UTF_8));
        assertThat(message.truncated()).isFalse();
        assertThat(message.descriptors()).hasSize(1);
        try (Fd received = message.descriptors().getFirst()) {
            assertThat(FileCalls.stat(received).sameAs(FileCalls.stat(file.toString()))).isTrue();
            assertThat(Kernel.raw(Nr.FCNTL, received.raw(), 1, 0)).as("FD_CLOEXEC").isEqualTo(1);
        }
    }

    @Test
    void asManyDescriptorsAsTheKernelAllowsArriveInOrder()
    {
        List<Fd> many = new ArrayList<>(Collections.nCopies(SocketCalls.FD_LIMIT - 1, pair[0]));
        many.add(pair[1]);
        SocketCalls.send(pair[0], new byte[] {1}, many);
        List<Fd> received = SocketCalls.receive(pair[1], 100).descriptors();
        assertThat(received).hasSize(SocketCalls.FD_LIMIT);
        assertThat(FileCalls.stat(received.getLast()).sameAs(FileCalls.stat(pair[1]))).isTrue();
        assertThat(FileCalls.stat(received.getFirst()).sameAs(FileCalls.stat(pair[0]))).isTrue();
        received.forEach(Fd::close);
    }

    @Test
    void aMessageThatDoesNotFitSaysSo()
    {
        SocketCalls.send(pair[0], new byte[100], List.of());
        assertThat(SocketCalls.receive(pair[1], 10).truncated()).isTrue();
    }

    @Test
    void aClosedPeerIsTheEndForReadersAndAnErrorForWriters()
    {
        pair[0].close();
        assertThat(SocketCalls.receive(pair[1], 10).bytes()).isEmpty();
        assertThatThrownBy(() -> SocketCalls.send(pair[1], new byte[1], List.of()))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
    }

    @Test
    void theKernelVouchesForWhoConnected(@TempDir Path folder)
    {
        String path = folder.resolve("socket").toString();
        try (Fd listening = SocketCalls.socket(SocketCalls.SOCK_SEQPACKET); Fd client = SocketCalls.socket(SocketCalls.SOCK_SEQPACKET)) {
            SocketCalls.bind(listening, path);
            SocketCalls.listen(listening, 1);
            SocketCalls.connect(client, path);
            try (Fd server = SocketCalls.accept(listening)) {
                assertThat(SocketCalls.peer(server))
                        .isEqualTo(new SocketCalls.Peer((int) ProcessHandle.current().pid(), ProcessCalls.effectiveUid(), ProcessCalls.effectiveGid()));
                try (Fd ourselves = SocketCalls.peerProcess(server).orElseThrow()) {
                    assertThat(FileCalls.poll(Optional.of(Duration.ZERO), FileCalls.POLLIN, ourselves)).containsExactly(0);
                    assertThat(ProcessCalls.signal(ourselves, 0)).isTrue();
                }
            }
        }
    }

    @Test
    void pathsMayHaveAnyLengthUpTo107BytesAndNoMore(@TempDir Path folder)
    {
        for (int length : new int[] {106, 107}) {
            String path = folder + "/" + "x".repeat(length - folder.toString().length() - 1);
            try (Fd socket = SocketCalls.socket(SocketCalls.SOCK_STREAM)) {
                SocketCalls.bind(socket, path);
                assertThat(Path.of(path)).exists();
            }
        }
        try (Fd socket = SocketCalls.socket(SocketCalls.SOCK_STREAM)) {
            String path = "/" + "x".repeat(107);
            assertThatThrownBy(() -> SocketCalls.connect(socket, path))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENAMETOOLONG));
        }
    }

    @Test
    void anAbstractNameLeavesNoFile()
    {
        String name = "@jrunc-test-" + ProcessHandle.current().pid();
        try (Fd listening = SocketCalls.socket(SocketCalls.SOCK_STREAM); Fd client = SocketCalls.socket(SocketCalls.SOCK_STREAM)) {
            SocketCalls.bind(listening, name);
            SocketCalls.listen(listening, 1);
            SocketCalls.connect(client, name);
            SocketCalls.accept(listening).close();
        }
        try (Fd client = SocketCalls.socket(SocketCalls.SOCK_STREAM)) {
            assertThatThrownBy(() -> SocketCalls.connect(client, name))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
        }
    }
}
