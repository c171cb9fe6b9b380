package io.jrunc.cli;

import java.nio.file.Path;

/**
 * The engine's entry, started by the launcher with one of three modes.
 *
 * <pre>
 * --one-shot FD    serve the one caller at the other end of this socket, then end
 * --resident FD    serve whoever connects to this listening socket
 * --train DIR      exercise the code paths of real commands while the JVM records what it loads; DIR may be written
 * </pre>
 */
public final class Main
{
    private Main()
    {
    }

    public static void main(String[] arguments) throws Exception
    {
        switch (arguments[0]) {
            case "--train" -> Training.run(Path.of(arguments[1]));
            default -> throw new IllegalArgumentException(arguments[0] + ": the modes are --one-shot, --resident and --train");
        }
    }
}
