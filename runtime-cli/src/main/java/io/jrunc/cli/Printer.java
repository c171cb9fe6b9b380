package io.jrunc.cli;

import java.nio.charset.StandardCharsets;

/**
 * Text for one of the caller's streams, sent in few pieces.
 */
final class Printer
{
    private static final int ENOUGH = 16 * 1024;

    private final Outlet outlet;
    private final int fd;
    private final StringBuilder pending = new StringBuilder();

    Printer(Outlet outlet, int fd)
    {
        this.outlet = outlet;
        this.fd = fd;
    }

    Printer print(String text)
    {
        pending.append(text);
        if (pending.length() >= ENOUGH) {
            flush();
        }
        return this;
    }

    Printer line(String text)
    {
        return print(text).print("\n");
    }

    void flush()
    {
        if (!pending.isEmpty()) {
            outlet.write(fd, pending.toString().getBytes(StandardCharsets.UTF_8));
            pending.setLength(0);
        }
    }
}
