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
 * @param epilogue how to have this container removed should the engine be gone when its program ends; empty = it is to stay
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
        Optional<Epilogue> epilogue)
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

    /** The command that does what is left to do; its launcher adds the exit code. */
    public interface Epilogue
    {
        /**
         * @param pid of the container's first process
         * @param startTime clock ticks after boot
         * @return words for our own executable, which starts in another directory
         */
        List<String> words(int pid, long startTime);
    }
}
