package io.jrunc.lifecycle;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code exec} is asked for. Empty options leave what the process template says.
 *
 * @param command words of the program; empty when {@code process} has them
 * @param process bytes of a process.json that rules instead of the bundle's template
 * @param cgroups as given, {@code [controller[,controller]:]path}
 * @param hold present = somebody else says when the program may run
 * @param preserveFds descriptors after 0-2 that the process keeps
 */
public record ExecRequest(
        String id,
        List<String> command,
        Optional<byte[]> process,
        boolean detach,
        Optional<Path> consoleSocket,
        Optional<Path> pidfdSocket,
        Optional<Path> pidFile,
        Optional<Hold> hold,
        Optional<String> cwd,
        List<String> environment,
        boolean terminal,
        OptionalInt uid,
        OptionalInt gid,
        List<Integer> additionalGids,
        Optional<String> processLabel,
        Optional<String> apparmorProfile,
        Optional<Boolean> noNewPrivileges,
        List<String> capabilities,
        int preserveFds,
        List<String> cgroups,
        boolean ignorePaused,
        boolean subreaper)
{
    /** @param socket where the supervisor listens; @param limit how long it may take */
    public record Hold(Path socket, Duration limit) {}

    public ExecRequest
    {
        command = List.copyOf(command);
        environment = List.copyOf(environment);
        additionalGids = List.copyOf(additionalGids);
        capabilities = List.copyOf(capabilities);
        cgroups = List.copyOf(cgroups);
    }
}
