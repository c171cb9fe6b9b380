package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.util.OptionalInt;

/**
 * {@code jrunc restore [options] ID}.
 */
final class RestoreVerb implements Verb
{
    @Override
    public Words words()
    {
        return BundleOption.add(CriuOptions.add(Words.command("restore", Verbs.summary("restore"))
                .synopsis("[command options] <container-id>")
                .about("Makes a container from a bundle and lets it continue where \"jrunc checkpoint\" saved it.")
                .exactly(1)))
                .text("--console-socket", "AF_UNIX socket that receives the master side of the container's terminal")
                .flag("--detach, -d", "leave once the container runs")
                .text("--pid-file", "file to write the first process's id to")
                .flag("--no-subreaper", "do not adopt processes that the container leaves behind")
                .flag("--no-pivot", "enter the root filesystem by moving mounts, for a root on a ramdisk, where pivot_root fails")
                .text("--lsm-profile", "security profile for the restored processes, type:name")
                .text("--lsm-mount-context", "SELinux context for the restored mounts");
    }

    @Override
    public OptionalInt run(Call call)
    {
        CriuOptions.of(call);
        throw new UsageException("restore is not part of this version of jrunc");
    }
}
