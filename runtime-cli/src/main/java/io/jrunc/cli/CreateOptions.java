package io.jrunc.cli;

import io.jrunc.error.UsageException;
import io.jrunc.lifecycle.CreateRequest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code create} and {@code run} have in common.
 *
 * @param bundle absolute
 * @param preserveFds how many descriptors beyond 0-2 and LISTEN_FDS the container keeps
 */
record CreateOptions(String id, Path bundle, Optional<Path> consoleSocket, Optional<Path> pidfdSocket, Optional<Path> pidFile,
        boolean noPivot, boolean noNewKeyring, int preserveFds)
{
    static Words add(Words words)
    {
        return BundleOption.add(words)
                .text("--console-socket", "AF_UNIX socket that receives the master side of the container's terminal")
                .text("--pidfd-socket", "AF_UNIX socket that receives a pidfd of the container's first process")
                .text("--pid-file", "file to write the first process's id to")
                .flag("--no-pivot", "enter the root filesystem by moving mounts, for a root on a ramdisk, where pivot_root fails")
                .flag("--no-new-keyring", "keep the caller's session keyring")
                .number("--preserve-fds", "how many more descriptors to pass on, after 0-2 and those of LISTEN_FDS");
    }

    static CreateOptions of(Call call)
    {
        Parsed parsed = call.parsed();
        return new CreateOptions(call.arguments().isEmpty() ? "planned" : call.id(), BundleOption.of(call), path(call, "--console-socket"), path(call, "--pidfd-socket"),
                path(call, "--pid-file"), parsed.flag("--no-pivot"), parsed.flag("--no-new-keyring"), preserved(parsed));
    }

    CreateRequest request(Call call, CreateRequest.Mode mode)
    {
        Parsed parsed = call.parsed();
        boolean run = mode != CreateRequest.Mode.CREATE;
        return new CreateRequest(id, bundle, mode, run && parsed.flag("--keep"), run && !parsed.flag("--no-subreaper"), noPivot, noNewKeyring,
                preserveFds, consoleSocket, pidfdSocket, pidFile, call.globals().systemdCgroup(),
                mode == CreateRequest.Mode.RUN && !parsed.flag("--keep") ? Optional.of((pid, startTime) -> epilogue(call, id, pid, startTime)) : Optional.empty());
    }

    /** The words of the command that removes this container once its first process has ended. */
    static List<String> epilogue(Call call, String id, int pid, long startTime)
    {
        List<String> words = new ArrayList<>(call.globals().again(call.caller()));
        words.addAll(List.of("epilogue", id, Integer.toString(pid), Long.toString(startTime)));
        return words;
    }

    /** Resolved now, before any change of directory; an empty value is an option not given. */
    static Optional<Path> path(Call call, String option)
    {
        return call.parsed().text(option).filter(text -> !text.isEmpty()).map(call.caller()::path);
    }

    static int preserved(Parsed parsed)
    {
        long count = parsed.number("--preserve-fds").orElse(0);
        if (count < 0 || count > 1 << 20) {
            throw new UsageException("--preserve-fds " + count + ": it is a number of descriptors");
        }
        return (int) count;
    }
}
