package io.jrunc.cli;

import io.jrunc.error.HostException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that the caller names for us to read. */
final class InputFile
{
    private InputFile() {}

    static byte[] read(Path file, Call call)
    {
        // The engine cannot open another process's pipe or terminal by its /proc name in every case; the launcher has it open.
        if (file.equals(Path.of("/proc/" + call.caller().pid() + "/fd/0"))) {
            return call.containers().standardInput();
        }
        try {
            return Files.readAllBytes(file);
        }
        catch (NoSuchFileException e) {
            throw new HostException("open " + file + ": no such file or directory", e);
        }
        catch (IOException e) {
            throw new HostException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
