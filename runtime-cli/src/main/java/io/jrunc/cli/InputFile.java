package io.jrunc.cli;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.CallerFile;
import io.jrunc.spec.JsonTree;

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
            // One byte more than may be: who parses it will say so.
            return CallerFile.read(file, JsonTree.MAX_BYTES + 1, call.host().launcher()::lost);
        }
        catch (ErrnoException e) {
            throw new HostException(e.getMessage(), e);
        }
    }
}
