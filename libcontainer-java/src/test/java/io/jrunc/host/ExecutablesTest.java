package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutablesTest
{
    @Test
    void theFirstExecutableFileOnThePathIsTaken(@TempDir Path folder)
            throws IOException
    {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        Files.writeString(plain.resolve("tool"), "not executable");
        Files.createDirectories(folder.resolve("directory/tool"));
        Path good = Files.createDirectory(folder.resolve("good"));
        assertThat(Files.writeString(good.resolve("tool"), "#!/bin/sh\n").toFile().setExecutable(true)).isTrue();
        String path = "relative::" + folder + "/missing:" + plain + ":" + folder + "/directory:" + good;
        assertThat(Executables.find("tool", path)).hasValue(good.resolve("tool"));
        assertThat(Executables.find("other", path)).isEmpty();
        assertThat(Executables.find("tool", "")).isEmpty();
    }
}
