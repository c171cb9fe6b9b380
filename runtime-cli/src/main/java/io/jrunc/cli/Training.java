package io.jrunc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The training run behind the AOT cache: what commands do at every start, done once with nothing at stake.
 *
 * <p>What is not exercised here still works, only slower: the JVM loads and links it when it is needed.
 */
final class Training
{
    private static final List<List<String>> COMMANDS = List.of(
            List.of(),
            List.of("--version"),
            List.of("help", "run"),
            List.of("--debug", "--log", "log.json", "--log-format", "json", "--systemd-cgroup", "state", "nobody"),
            List.of("--log", "log.text", "run", "--bundle", ".", "--pid-file", "pid", "-d", "web"),
            List.of("create", "--bundle", ".", "--no-pivot", "--console-socket", "tty.sock", "--preserve-fds", "2", "web"),
            List.of("exec", "-t", "-e", "A=b", "--user", "1:2", "--cap", "CAP_KILL", "web", "sh", "-c", "true"),
            List.of("start", "web"), List.of("kill", "web", "SIGKILL"), List.of("delete", "-f", "web"), List.of("list", "-f", "json"),
            List.of("list"), List.of("features"), List.of("spec"), List.of("plan"), List.of("ps", "web"), List.of("pause", "web"),
            List.of("resume", "web"), List.of("events", "--stats", "--interval", "1s", "web"), List.of("update", "--memory", "64m", "web"),
            List.of("nonsense"), List.of("state", "--nonsense"), List.of("state"));

    private Training()
    {
    }

    static void run(Path folder) throws IOException
    {
        Files.createDirectories(folder.resolve("rootfs"));
        Outlet nowhere = (fd, bytes) -> {
        };
        for (List<String> command : COMMANDS) {
            List<String> argv = new ArrayList<>(List.of("jrunc"));
            if (!command.isEmpty()) {
                argv.addAll(List.of("--root", folder.resolve("state").toString()));
            }
            argv.addAll(command);
            Invocation caller = new Invocation(argv, Map.of("PATH", "/bin"), folder.toString(), 022, 0, 0, 1, 0);
            new CommandLineRun(caller, nowhere, null, Optional.empty(), Clock.systemUTC()).run();
        }
    }
}
