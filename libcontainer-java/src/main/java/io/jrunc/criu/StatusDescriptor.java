package io.jrunc.criu;

import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

/** A descriptor of the caller's that is told when lazy pages are served. */
public final class StatusDescriptor implements AutoCloseable
{
    private final Fd descriptor;

    /** Takes it over. */
    public StatusDescriptor(Fd descriptor)
    {
        this.descriptor = descriptor;
    }

    public boolean writable()
    {
        int access = FileCalls.statusFlags(descriptor) & 3;
        return access == FileCalls.O_WRONLY || access == FileCalls.O_RDWR;
    }

    /** One zero byte, and the end: whoever reads it need not know which. A second time does nothing. */
    public void served()
    {
        try (descriptor) {
            if (descriptor.isOpen()) {
                FileCalls.write(descriptor, new byte[1]);
            }
        }
    }

    @Override
    public void close()
    {
        descriptor.close();
    }
}
