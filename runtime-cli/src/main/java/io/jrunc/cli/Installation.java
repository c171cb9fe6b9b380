package io.jrunc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The files that an engine was started from.
 *
 * @param home the distribution's folder
 * @param buildId what its lib/build-id said when the engine started
 * @param file which file said so: its number, and when it was written; empty = there was none
 */
record Installation(Path home, String buildId, String file)
{
    /** The one that this process runs. */
    static Installation running()
    {
        Path home = Path.of(System.getProperty("jrunc.home"));
        // First which file: one that takes its place meanwhile is another one.
        String file = file(home);
        return new Installation(home, read(home), file);
    }

    /** False once it was removed or replaced: what the engine still would load may not be there, or not fit. */
    boolean unchanged()
    {
        return !buildId.isEmpty() && read(home).equals(buildId);
    }

    /** As {@link #unchanged}, but for a file that was written over and given its old time again. Quicker: for each command. */
    boolean inPlace()
    {
        return !file.isEmpty() && file(home).equals(file);
    }

    private static String file(Path home)
    {
        try {
            BasicFileAttributes found = Files.readAttributes(home.resolve("lib/build-id"), BasicFileAttributes.class);
            return found.fileKey() + " " + found.lastModifiedTime().toMillis();
        }
        catch (IOException e) {
            return "";
        }
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
