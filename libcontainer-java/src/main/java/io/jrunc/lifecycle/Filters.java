package io.jrunc.lifecycle;

import io.jrunc.seccomp.SeccompCache;
import io.jrunc.seccomp.SeccompProgram;
import io.jrunc.spec.Resources;
import io.jrunc.spec.Seccomp;

import java.nio.file.Path;

/**
 * Compiled seccomp filters, kept below the state root's own folder of the runtime, one cache for the life of an engine.
 */
final class Filters
{
    /** A container that asks for no limits. */
    static final Resources NO_RESOURCES = Resources.NONE;

    /** Where a user has several run directories, each has its own: one caller's word on it is not another's. */
    private static volatile Known known;

    private record Known(Path folder, SeccompCache cache) {}

    private final Caller caller;
    private final Notices notices;

    Filters(Caller caller, Notices notices)
    {
        this.caller = caller;
        this.notices = notices;
    }

    SeccompProgram program(Seccomp section)
    {
        SeccompProgram program = cache().program(section, notices::debug);
        notices.debug("seccomp filter flags: " + program.flags());
        return program;
    }

    private SeccompCache cache()
    {
        Path folder = folder();
        Known last = known;
        if (last == null || !last.folder().equals(folder)) {
            last = new Known(folder, new SeccompCache(folder, caller.euid()));
            known = last;
        }
        return last.cache();
    }

    private Path folder()
    {
        String run = caller.environment().getOrDefault("XDG_RUNTIME_DIR", "");
        return caller.euid() == 0 || run.isEmpty() ? Path.of("/run/jrunc-filters") : Path.of(run, "jrunc-filters");
    }
}
