package io.jrunc.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * The files that an engine was started from.
 *
 * @param home the distribution's folder
 * @param buildId what its lib/build-id said when the engine started
 * @param said which file said so; empty = there was none
 */
record Installation(Path home, String buildId, Optional<Installation.Said> said)
{
    /**
     * @param key which file, by device and number
     * @param written when
     */
    record Said(Object key, FileTime written)
    {
    }

    /** The one that this process runs. */
    static Installation running()
    {
        Path home = Path.of(System.getProperty("jrunc.home"));
        // First which file: one that takes its place meanwhile is another one.
        Optional<Said> said = said(home);
        return new Installation(home, read(home), said);
    }

    /** The executable that callers start. */
    Path shim()
    {
        return home.resolve("bin/jrunc");
    }

    /** False once it was removed or replaced: what the engine still would load may not be there, or not fit. */
    boolean unchanged()
    {
        return !buildId.isEmpty() && read(home).equals(buildId);
    }

    /** As {@link #unchanged}, but for a file that was written over and given its old time again. Quicker: for each command. */
    boolean inPlace()
    {
        return said.isPresent() && said(home).equals(said);
    }

    private static Optional<Said> said(Path home)
    {
        try {
            BasicFileAttributes found = Files.readAttributes(home.resolve("lib/build-id"), BasicFileAttributes.class);
            return Optional.of(new Said(found.fileKey(), found.lastModifiedTime()));
        }
        catch (IOException e) {
            return Optional.empty();
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
