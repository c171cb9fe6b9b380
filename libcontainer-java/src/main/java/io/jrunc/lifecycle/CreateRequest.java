package io.jrunc.lifecycle;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code create} and {@code run} are asked for.
 *
 * @param bundle absolute directory with config.json
 * @param mode stop before the program, run it attached, or run it and leave
 * @param keep attached: leave the stopped container to be looked at
 * @param preserveFds descriptors after 0-2 and those of socket activation that the container keeps
 * @param epilogue words for our own executable that delete this container, should the engine be gone when it ends
 */
public record CreateRequest(
        String id,
        Path bundle,
        Mode mode,
        boolean keep,
        boolean subreaper,
        boolean noPivot,
        boolean noNewKeyring,
        int preserveFds,
        Optional<Path> consoleSocket,
        Optional<Path> pidfdSocket,
        Optional<Path> pidFile,
        boolean systemdCgroup,
        List<String> epilogue)
{
    /** What happens once the process is ready. */
    public enum Mode
    {
        CREATE, RUN, RUN_DETACHED;

        public boolean detached()
        {
            return this != RUN;
        }
    }

    public CreateRequest
    {
        epilogue = List.copyOf(epilogue);
    }
}
