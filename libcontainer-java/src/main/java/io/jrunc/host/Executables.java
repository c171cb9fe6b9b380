package io.jrunc.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Programs of the host that jrunc runs, such as newuidmap. */
public final class Executables
{
    private Executables() {}

    /**
     * The first executable file of that name.
     *
     * @param name without a slash
     * @param path the caller's PATH; entries that are not absolute are passed over, as they depend on a directory that anybody may choose
     */
    public static Optional<Path> find(String name, String path)
    {
        return Arrays.stream(path.split(":"))
                .filter(entry -> entry.startsWith("/"))
                .map(entry -> Path.of(entry, name))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }
}
