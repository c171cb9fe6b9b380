package io.jrunc.cli;

import io.jrunc.lifecycle.EngineSocket;
import io.jrunc.lifecycle.Launcher;
import io.jrunc.lifecycle.Machine;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The engine's entry, started by the launcher with one of three modes.
 *
 * <pre>
 * --one-shot FD    serve the one launcher at the other end of this socket, then end
 * --resident FD    serve whoever connects to this listening socket; with "daemon" a command has started it
 * --train DIR      exercise the code paths of real commands while the JVM records what it loads; DIR may be written
 * --train-few DIR  the same for what managers run for each container
 * </pre>
 */
public final class Main
{
    private static final int IDLE_SECONDS = 300;

    private Main()
    {
    }

    public static void main(String[] arguments) throws IOException
    {
        boolean daemon = arguments.length == 3 && arguments[2].equals("daemon");
        String mode = arguments.length == 2 || daemon ? arguments[0] : "";
        switch (mode) {
            case "--one-shot" -> {
                // Beside the foreign function library, whose start takes as long.
                Thread.ofPlatform().daemon().name("warm-up").start(new Practice());
                try (Launcher launcher = inherited(Integer.parseInt(arguments[1]))) {
                    Service.serve(launcher, Optional.empty());
                }
                // Nothing is left to do, and an orderly end would take 2 ms.
                Runtime.getRuntime().halt(0);
            }
            case "--resident" -> resident(Integer.parseInt(arguments[1]), daemon);
            case "--train" -> Training.everything(Path.of(arguments[1]));
            case "--train-few" -> Training.few(Path.of(arguments[1]));
            default -> throw new IllegalArgumentException("jrunc's engine is started by jrunc: --one-shot FD, --resident FD [daemon], --train DIR or --train-few DIR");
        }
    }

    /**
     * Loads jffi, which asks java.util.logging for a logger that it hardly uses, and that looks into every jar for another logging
     * service, for 8 ms, unless the JVM is so young that it has no standard output yet.
     */
    private static Launcher inherited(int socket)
    {
        PrintStream output = System.out;
        System.setOut(null);
        try {
            return Launcher.inherited(socket);
        }
        finally {
            System.setOut(output);
        }
    }

    private static void resident(int socket, boolean daemon)
    {
        if (daemon) {
            // Beside the first caller, who does not wait for it.
            Thread.ofPlatform().daemon().name("own-place").start(Machine::leaveCgroupOfStarter);
        }
        // The launcher's word on where the socket is; without one it is a service manager's, which looks after it.
        Optional<Path> name = Optional.ofNullable(System.getenv("JRUNC_ENGINE_DIR")).map(folder -> Path.of(folder, "engine.sock"));
        Duration idle = Duration.ofSeconds(Integer.getInteger("jrunc.engine.idle.seconds", IDLE_SECONDS));
        try (EngineSocket callers = EngineSocket.inherited(socket)) {
            new ResidentEngine(callers, name, Installation.running(), idle).run();
        }
        if (daemon) {
            Machine.removeCgroupOfEngine();
        }
    }
}
