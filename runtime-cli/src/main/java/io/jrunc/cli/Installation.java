package io.jrunc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files that an engine was started from.
 *
 * @param home the distribution's folder
 * @param buildId what its lib/build-id said when the engine started
 */
record Installation(Path home, String buildId)
{
    /** The one that this process runs. */
    static Installation running()
    {
        Path home = Path.of(System.getProperty("jrunc.home"));
        return new Installation(home, read(home));
    }

    /** False once it was removed or replaced: what the engine still would load may not be there, or not fit. */
    boolean unchanged()
    {
        return !buildId.isEmpty() && read(home).equals(buildId);
    }

    private static String read(Path home)
    {
        try {
            return Files.readString(home.resolve("lib/build-id")).strip();
        }
        catch (IOException e) {
            return "";
        }
    }
}
