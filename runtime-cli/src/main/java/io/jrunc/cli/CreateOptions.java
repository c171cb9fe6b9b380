package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.nio.file.Path;
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
        return new CreateOptions(call.id(), BundleOption.of(call), path(call, "--console-socket"), path(call, "--pidfd-socket"),
                path(call, "--pid-file"), parsed.flag("--no-pivot"), parsed.flag("--no-new-keyring"), preserved(parsed));
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
