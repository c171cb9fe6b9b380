package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedCopiesTest
{
    private static byte[] content(Fd copy)
    {
        FileCalls.rewind(copy);
        return FileCalls.read(copy, 100);
    }

    @Test
    void oneIsReadyAndEachHasOneTaker(@TempDir Path folder) throws Exception
    {
        SealedCopies copies = SealedCopies.of(Files.writeString(folder.resolve("program"), "old"), "test");
        assertThat(copies.take()).as("nobody has asked for one").isEmpty();
        copies.restock();
        copies.restock();
        try (Fd first = copies.take().orElseThrow()) {
            assertThat(content(first)).asString().isEqualTo("old");
            assertThat(copies.take()).isEmpty();
            copies.restock();
            try (Fd second = copies.take().orElseThrow()) {
                assertThat(FileCalls.stat(second).sameAs(FileCalls.stat(first))).isFalse();
                assertThat(content(second)).asString().isEqualTo("old");
            }
        }
    }

    /** An engine's launchers are of its own build. */
    @Test
    void whatTakesTheProgramsNameIsNotCopied(@TempDir Path folder) throws Exception
    {
        Path program = Files.writeString(folder.resolve("program"), "old");
        SealedCopies copies = SealedCopies.of(program, "test");
        Files.move(Files.writeString(folder.resolve("other"), "new"), program, StandardCopyOption.REPLACE_EXISTING);
        copies.restock();
        try (Fd copy = copies.take().orElseThrow()) {
            assertThat(content(copy)).asString().isEqualTo("old");
        }
    }

    @Test
    void ofAProgramThatIsNotThereThereIsNone(@TempDir Path folder)
    {
        SealedCopies copies = SealedCopies.of(folder.resolve("missing"), "test");
        copies.restock();
        assertThat(copies.take()).isEmpty();
    }
}
