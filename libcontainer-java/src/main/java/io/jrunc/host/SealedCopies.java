package io.jrunc.host;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Copies in memory of a program of the host, for processes that a container may reach: nobody can write them (CVE-2019-5736). One is
 * kept ready. Each is for one taker, so what is done to it, such as a lease or another mode, is felt by nobody else. From any thread.
 */
public final class SealedCopies
{
    private final String name;
    /** Open for good: the program is read as it is now, whatever takes its name later. Empty = it cannot be read. */
    private final Optional<Fd> program;
    private final AtomicReference<Fd> ready = new AtomicReference<>();

    private SealedCopies(String name, Optional<Fd> program)
    {
        this.name = name;
        this.program = program;
    }

    /** @param name of the copies, for who looks at a process that runs from one */
    public static SealedCopies of(Path program, String name)
    {
        try {
            return new SealedCopies(name, Optional.of(FileCalls.open(program.toString(), FileCalls.O_RDONLY, 0)));
        }
        catch (ErrnoException e) {
            return new SealedCopies(name, Optional.empty());
        }
    }

    /** The one that is ready, the taker's to close; empty = there is none just now. Returns at once. */
    public Optional<Fd> take()
    {
        return Optional.ofNullable(ready.getAndSet(null));
    }

    /** Makes one if none is ready: some 0.1 ms. Where that cannot be done there is none, and whoever makes one himself is told why. */
    public void restock()
    {
        if (program.isEmpty() || ready.get() != null) {
            return;
        }
        try {
            Fd made = FileCalls.sealedProgram(name, program.get());
            if (!ready.compareAndSet(null, made)) {
                made.close();
            }
        }
        catch (ErrnoException e) {
            // No memory, or this host allows no programs there.
        }
    }
}
