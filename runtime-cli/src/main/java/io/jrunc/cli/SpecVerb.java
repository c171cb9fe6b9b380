package io.jrunc.cli;

import io.jrunc.error.HostException;
import io.jrunc.error.UsageException;
import io.jrunc.spec.ExampleSpec;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code jrunc spec [--bundle DIR] [--rootless]}.
 */
final class SpecVerb implements Verb
{
    private static final String FILE = "config.json";

    @Override
    public Words words()
    {
        return Words.command("spec", Verbs.summary("spec"))
                .synopsis("[command options]")
                .about("Writes a config.json that runs a shell. Edit process.args and the rest to your needs.",
                        "An existing file stays untouched: the command then fails.")
                .text("--bundle, -b", "directory to write to, by default the current one")
                .flag("--rootless", "write it for a caller without root's rights")
                .exactly(0);
    }

    @Override
    public OptionalInt run(Call call)
    {
        Optional<String> bundle = call.parsed().text("--bundle").filter(text -> !text.isEmpty());
        Invocation caller = call.caller();
        boolean unified = call.host().unifiedCgroups();
        String text = call.parsed().flag("--rootless") ? ExampleSpec.rootless(unified, caller.euid(), caller.egid()) : ExampleSpec.root(unified);
        Path file = caller.path(bundle.orElse("")).resolve(FILE);
        try (var channel = Files.newByteChannel(file, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(FileModes.of(0600)))) {
            channel.write(StandardCharsets.UTF_8.encode(text));
        }
        catch (FileAlreadyExistsException e) {
            throw new UsageException("File " + FILE + " exists. Remove it first", e);
        }
        catch (NoSuchFileException e) {
            throw new UsageException("chdir " + bundle.orElse(caller.cwd()) + ": no such file or directory", e);
        }
        catch (IOException e) {
            throw new HostException("cannot write " + file + ": " + e.getMessage(), e);
        }
        open(file, caller.umask());
        return DONE;
    }

    /** Set apart from the creation, because that takes off the engine's umask, not the caller's. */
    private static void open(Path file, int umask)
    {
        try {
            Files.setPosixFilePermissions(file, FileModes.of(0666 & ~umask));
        }
        catch (IOException e) {
            throw new HostException("cannot set the permissions of " + file + ": " + e.getMessage(), e);
        }
    }
}
