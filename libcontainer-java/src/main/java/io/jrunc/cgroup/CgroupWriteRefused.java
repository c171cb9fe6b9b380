package io.jrunc.cgroup;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import java.util.Optional;

/** The kernel refused a planned write. The driver turns it into a {@link HostException} once it knows better words. */
final class CgroupWriteRefused extends RuntimeException
{
    private final transient CgroupWrite write;
    private final transient CgroupDirectory directory;
    private final ErrnoException refusal;

    CgroupWriteRefused(CgroupWrite write, String line, CgroupDirectory directory, ErrnoException refusal)
    {
        super("failed to write \"" + line + "\" to " + directory.path().resolve(write.file()) + ": " + Errno.text(refusal.errno()), refusal);
        this.write = write;
        this.directory = directory;
        this.refusal = refusal;
    }

    CgroupWrite write()
    {
        return write;
    }

    ErrnoException refusal()
    {
        return refusal;
    }

    HostException explainedBy(Controller controller)
    {
        return explained(controller.explain(write, refusal, directory));
    }

    HostException explained(Optional<String> better)
    {
        return new HostException(better.orElse(getMessage()), refusal);
    }
}
