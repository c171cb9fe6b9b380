package io.jrunc.it;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the other tests rely on. */
class RunningTest
{
    @Test
    void whatAHeirWritesAfterTheCommandsEndIsCollected(@TempDir Path folder) throws IOException
    {
        Running command = Running.start(List.of("sh", "-c", "mkfifo go; { read word <go; echo $word; echo $word >&2; } & exit 3"), Map.of(), folder);
        assertThat(command.awaitExit(ofSeconds(20))).isEqualTo(3);
        command.process().onExit().join();
        Files.writeString(folder.resolve("go"), "late\n");
        command.awaitOutput("late");
        assertThat(command.await(ofSeconds(20)).err()).isEqualTo("late\n");
    }
}
