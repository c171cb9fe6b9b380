package io.jrunc.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who calls, with which words, from where. Everything that code would otherwise read of its own process.
 *
 * @param argv the words, program name first
 * @param environment the caller's own variables
 * @param cwd absolute; may no longer exist
 * @param umask the caller's, 0 to 0777
 * @param pid the launcher's process
 * @param terminals bit n: the caller's descriptor n (0 to 2) is a terminal
 */
record Invocation(List<String> argv, Map<String, String> environment, String cwd, int umask, int euid, int egid, int pid, int terminals)
{
    Invocation
    {
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
    }

    String program()
    {
        return argv.isEmpty() ? HelpText.PROGRAM : argv.getFirst();
    }

    List<String> words()
    {
        return argv.isEmpty() ? List.of() : argv.subList(1, argv.size());
    }

    /** A variable that is set and not empty. */
    Optional<String> variable(String name)
    {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    boolean terminal(int fd)
    {
        return (terminals >> fd & 1) == 1;
    }

    /**
     * The file that the caller means: relative to its directory, and its descriptors where it says {@code /dev/stdin},
     * {@code /dev/fd/63} (a shell's {@code <(…)}) or {@code /proc/self/…}.
     */
    Path path(String text)
    {
        String own = "/proc/" + pid;
        String meant = switch (text) {
            case "/dev/stdin" -> own + "/fd/0";
            case "/dev/stdout" -> own + "/fd/1";
            case "/dev/stderr" -> own + "/fd/2";
            default -> text.startsWith("/dev/fd/") ? own + "/fd/" + text.substring("/dev/fd/".length())
                    : text.startsWith("/proc/self/") ? own + text.substring("/proc/self".length())
                    : text;
        };
        return Path.of(cwd).resolve(meant);
    }
}
