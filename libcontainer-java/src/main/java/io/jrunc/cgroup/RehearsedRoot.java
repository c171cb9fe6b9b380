package io.jrunc.cgroup;

import io.jrunc.error.BugException;
import io.jrunc.os.Fd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * An ordinary directory for the training run that behaves as a hierarchy does, as far as drivers can tell: who is made has the
 * files of the one above, who is removed takes them along, device rules are kept, and who is frozen says so.
 */
final class RehearsedRoot extends CgroupRoot
{
    RehearsedRoot(Path directory)
    {
        super(place(directory), directory);
    }

    @Override
    void makeDirectory(Fd above, String name)
    {
        super.makeDirectory(above, name);
        Path from = Path.of("/proc/self/fd/" + above.raw());
        for (Path file : files(from)) {
            change(() -> Files.copy(file, from.resolve(name).resolve(file.getFileName())));
        }
    }

    @Override
    void removeDirectory(Fd above, String name)
    {
        for (Path file : files(Path.of("/proc/self/fd/" + above.raw(), name))) {
            change(() -> {
                Files.delete(file);
                return file;
            });
        }
        super.removeDirectory(above, name);
    }

    /** Nobody really comes in, and the kernel keeps device rules in another file than those that they are written to. */
    @Override
    void write(Fd file, String name, String data)
    {
        Path written = path().resolve(name);
        switch (written.getFileName().toString()) {
            case "cgroup.procs", "tasks" -> { }
            case "devices.deny" -> change(() -> Files.writeString(written.resolveSibling("devices.list"), ""));
            case "devices.allow" -> {
                Path list = written.resolveSibling("devices.list");
                change(() -> Files.writeString(list, Files.readString(list) + data + "\n"));
            }
            case "cgroup.freeze" -> {
                change(() -> Files.writeString(written.resolveSibling("cgroup.events"), "populated 0\nfrozen " + data + "\n"));
                super.write(file, name, data);
            }
            default -> super.write(file, name, data);
        }
    }

    private static List<Path> files(Path directory)
    {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isRegularFile).toList();
        }
        catch (IOException gone) {
            return List.of();
        }
    }

    private interface Change
    {
        Path make() throws IOException;
    }

    private static void change(Change change)
    {
        try {
            change.make();
        }
        catch (IOException e) {
            throw new BugException("a rehearsed cgroup cannot be changed: " + e.getMessage());
        }
    }
}
