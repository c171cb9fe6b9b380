package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A copy of the distribution under test that a test may change. Its build id is its own, so its resident engine serves nobody else;
 * that engine ends with it.
 */
public final class PrivateDist implements AutoCloseable
{
    private final Path folder;

    private PrivateDist(Path folder)
    {
        this.folder = folder;
    }

    /** @param options lines for the JVM, such as {@code -Djrunc.deadline.step.seconds=1} */
    public static PrivateDist create(String... options)
    {
        try {
            Path folder = Files.createTempDirectory("jrunc-dist-").toRealPath();
            Host.capture("cp", "-a", JruncExtension.runtime().getParent().getParent() + "/.", folder.toString());
            PrivateDist dist = new PrivateDist(folder);
            List<String> lines = Files.readAllLines(dist.options());
            Files.write(dist.options(), Stream.concat(Stream.of(options), lines.stream()).toList());
            dist.newBuildId();
            return dist;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With the launcher and init that fail, crash or hang at a step, as JRUNC_FAULT says: see native-shim/src/fault.c. */
    public static PrivateDist withFaults(String... options)
    {
        PrivateDist dist = create(options);
        try {
            Files.copy(Path.of(System.getProperty("jrunc.shim.faults", "../../native-shim/build/jrunc-faults")), dist.runtime(),
                    StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return dist;
    }

    /** As installations are: everybody may use it. */
    public PrivateDist readable()
    {
        Host.capture("chmod", "755", folder.toString());
        return this;
    }

    public Path folder()
    {
        return folder;
    }

    public Path runtime()
    {
        return folder.resolve("bin/jrunc");
    }

    public Path options()
    {
        return folder.resolve("lib/jvm.options");
    }

    /** As if another version had been installed over this one. */
    public void newBuildId()
    {
        try {
            Files.writeString(folder.resolve("lib/build-id"), UUID.randomUUID() + "\n");
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the resident engine of the present build id has its socket. */
    public Path engineFolder()
    {
        return Path.of("/run/jrunc-engine", Host.read(folder.resolve("lib/build-id").toString()).strip());
    }

    /** A line of {@code engine status}; empty = no engine runs. */
    public Optional<String> status(String name)
    {
        try (Jrunc jrunc = Jrunc.of(runtime(), "require")) {
            return jrunc.run("engine", "status").out().lines().filter(line -> line.startsWith(name + ": ")).map(line -> line.substring(name.length() + 2)).findFirst();
        }
    }

    /** The resident engine, if one runs. */
    public Optional<ProcessHandle> engine()
    {
        return status("pid").flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)));
    }

    @Override
    public void close()
    {
        try (Jrunc jrunc = Jrunc.of(runtime(), "require")) {
            jrunc.run("engine", "stop");
        }
        for (Path place : List.of(folder, engineFolder())) {
            Host.capture("rm", "-rf", place.toString());
        }
    }
}
