package io.jrunc.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class LogSinkTest
{
    private static Stream<String> levels(Path folder, LogFormat format, String pattern) throws IOException
    {
        Outlet nobody = (fd, bytes) -> {
            throw new AssertionError("a log file was named");
        };
        try (LogSink log = LogSink.open("log", new FakeCaller(folder).invocation(), nobody, () -> false, format, true, Clock.systemUTC())) {
            for (LogSink.Level level : LogSink.Level.values()) {
                log.record(level, "said");
            }
        }
        return Pattern.compile(pattern).matcher(Files.readString(folder.resolve("log"))).results().map(match -> match.group(1));
    }

    @Test
    void levelsHaveTheNamesThatManagersParse(@TempDir Path json, @TempDir Path text) throws IOException
    {
        assertThat(levels(json, LogFormat.JSON, "\"level\":\"(\\w+)\"")).containsExactly("debug", "info", "warning", "error");
        assertThat(levels(text, LogFormat.TEXT, " level=(\\w+) ")).containsExactly("debug", "info", "warning", "error");
    }
}
