package io.jrunc.criu;

import io.jrunc.error.HostException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/** What lies beside the images, and the descriptor that is told of them. */
class ImageFilesTest
{
    @TempDir
    Path images;

    @Test
    void errorsOfALogAreQuotedWithFiveLinesBeforeThem() throws IOException
    {
        Path log = images.resolve("dump.log");
        List<String> lines = IntStream.rangeClosed(1, 30).mapToObj(i -> i == 8 || i == 10 || i == 25 ? "(00.01) Error (criu/x.c:" + i + "): no" : "line " + i).toList();
        Files.write(log, lines);
        List<String> errors = CriuLog.errors(log);
        assertThat(errors).startsWith("--- Quoting \"" + log + "\"", "3:line 3", "4:line 4").contains("8:(00.01) Error (criu/x.c:8): no", "...", "20:line 20")
                .endsWith("25:(00.01) Error (criu/x.c:25): no", "---").doesNotHaveDuplicates().doesNotContain("19:line 19", "2:line 2").hasSize(6 + 2 + 1 + 6 + 2);
        assertThat(CriuLog.firstError(errors)).contains("Error (criu/x.c:8): no");
    }

    @Test
    void aLimitThatCriuCouldNotRaiseIsNotWhyItFailed() throws IOException
    {
        Path log = images.resolve("dump.log");
        Files.write(log, List.of("Error (criu/util.c:1): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted", "Error (criu/mount.c:2): mnt: no"));
        assertThat(CriuLog.firstError(CriuLog.errors(log))).contains("Error (criu/mount.c:2): mnt: no");
    }

    @Test
    void aLogWithoutErrorsOrNoneAtAllIsNoTrouble() throws IOException
    {
        Path log = images.resolve("dump.log");
        assertThat(CriuLog.errors(log)).isEmpty();
        Files.write(log, new byte[] {'o', 'k', (byte) 0xff, '\n'});
        assertThat(CriuLog.errors(log)).isEmpty();
        assertThat(CriuLog.firstError(List.of())).isEmpty();
    }

    @Test
    void whateverLiesWhereTheLogShouldBeNobodyWaitsForIt() throws IOException
    {
        try (Fd directory = FileCalls.open(images.toString(), FileCalls.O_RDONLY | FileCalls.O_DIRECTORY, 0)) {
            FileCalls.mkfifoAt(directory, "pipe", 0600);
        }
        Path zero = Files.createSymbolicLink(images.resolve("zero"), Path.of("/dev/zero"));
        assertThat(CriuLog.errors(images.resolve("pipe"))).isEmpty();
        assertThat(CriuLog.errors(zero)).isEmpty();
        Path log = Files.writeString(images.resolve("long.log"), "x".repeat(1_000_000) + "\nError (criu/x.c:1): no\n");
        assertThat(CriuLog.errors(log)).allSatisfy(line -> assertThat(line.length()).isLessThan(70_000));
        assertThat(CriuLog.firstError(CriuLog.errors(log))).contains("Error (criu/x.c:1): no");
    }

    @Test
    void namesOfTheContainersFilesDoNotCommandTheReadersTerminal() throws IOException
    {
        Path log = images.resolve("dump.log");
        Files.write(log, "Error (criu/files.c:1):\tno /tmp/\033[2J\u009b31m\r\007x\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(CriuLog.errors(log)).contains("1:Error (criu/files.c:1):\tno /tmp/?[2J?31m").noneMatch(line -> line.chars().anyMatch(c -> c != '\t' && Character.isISOControl(c)));
    }

    @Test
    void pipesGetTheNewStreamsOfTheirNumbers() throws IOException
    {
        Descriptors.write(images, List.of("/dev/null", "pipe:[4711]", "pipe:[4712]"));
        assertThat(images.resolve("descriptors.json")).hasContent("[\"/dev/null\",\"pipe:[4711]\",\"pipe:[4712]\"]");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(images.resolve("descriptors.json")))).isEqualTo("rw-------");
        CriuOptions options = new CriuOptions(7);
        CriuOptions expected = new CriuOptions(7).inherit("pipe:[4711]", 1).inherit("pipe:[4712]", 2);
        Descriptors.inherit(images, options);
        assertThat(CriuRequest.restore(options)).isEqualTo(CriuRequest.restore(expected));
    }

    @Test
    void aLinkInThePlaceOfTheFileIsReplaced() throws IOException
    {
        Path victim = Files.writeString(images.resolve("victim"), "untouched");
        Files.createSymbolicLink(images.resolve("descriptors.json"), victim);
        Descriptors.write(images, List.of("a"));
        assertThat(victim).hasContent("untouched");
    }

    @Test
    void imagesWithoutTheFileAreNoneOfOurs() throws IOException
    {
        assertThatThrownBy(() -> Descriptors.inherit(images, new CriuOptions(7))).isInstanceOf(HostException.class)
                .hasMessage("cannot read " + images.resolve("descriptors.json") + ", which belongs to the images of a checkpoint: no such file or directory");
        Files.writeString(images.resolve("descriptors.json"), "{");
        assertThatThrownBy(() -> Descriptors.inherit(images, new CriuOptions(7))).isInstanceOf(HostException.class).hasMessageContaining("descriptors.json");
    }

    @Test
    void aFileThatNeverEndsHoldsNobodyUp() throws IOException, InterruptedException
    {
        Path file = images.resolve("descriptors.json");
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertThatThrownBy(() -> Descriptors.inherit(images, new CriuOptions(7)))
                .isInstanceOf(HostException.class).hasMessageStartingWith("cannot read " + file));
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/dev/zero"));
        assertThatThrownBy(() -> Descriptors.inherit(images, new CriuOptions(7))).isInstanceOf(HostException.class).hasMessageStartingWith("cannot read " + file);
        Files.delete(file);
    }

    @Test
    void whoWantsToKnowOfLazyPagesGetsOneZeroByte() throws IOException
    {
        Path file = Files.createFile(images.resolve("status"));
        try (StatusDescriptor status = new StatusDescriptor(open(file, FileCalls.O_WRONLY)); StatusDescriptor reader = new StatusDescriptor(open(file, FileCalls.O_RDONLY))) {
            assertThat(status.writable()).isTrue();
            assertThat(reader.writable()).isFalse();
            status.served();
            status.served();
        }
        assertThat(Files.readAllBytes(file)).isEqualTo("\0".getBytes(StandardCharsets.US_ASCII));
    }

    private static Fd open(Path file, int flags)
    {
        return FileCalls.open(file.toString(), flags, 0);
    }
}
