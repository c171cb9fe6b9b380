package io.jrunc.lifecycle;

import io.jrunc.error.StepException;
import io.jrunc.host.Barrier;
import io.jrunc.host.HostProcess;
import io.jrunc.host.ReadySocket;
import io.jrunc.os.Fd;
import io.jrunc.state.ContainerDirectory;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;

/**
 * Between a container's program and the service manager of the caller: when the program is ready the manager is told so, and which
 * process to look after. Source: sd_notify(3).
 *
 * <p>What goes to the manager goes through the launcher: the manager listens only to processes of the service.
 */
final class Readiness implements AutoCloseable
{
    private static final String VARIABLE = "NOTIFY_SOCKET";
    private static final Duration TURN = Duration.ofMillis(500);
    private static final Duration BARRIER = Duration.ofSeconds(30);

    private static final int LAST_WORDS = 16;

    private final Session session;
    private final String manager;
    private final ReadySocket socket;
    private boolean told;

    private Readiness(Session session, String manager, ReadySocket socket)
    {
        this.session = session;
        this.manager = manager;
        this.socket = socket;
    }

    /** Whether the caller has a service manager that wants to know. */
    static boolean wanted(Session session)
    {
        return !session.caller().environment().getOrDefault(VARIABLE, "").isEmpty();
    }

    /** Listens, before the program can say anything; empty = nobody wants to know, or the container was created without. */
    static Optional<Readiness> listen(Session session, ContainerDirectory directory)
    {
        if (!wanted(session) || !Files.isDirectory(directory.notifyPath())) {
            return Optional.empty();
        }
        ReadySocket socket = HostSide.attempt("NOTIFY_SOCKET", "listen for the program", () -> ReadySocket.bind(directory.notifyPath(), ContainerDirectory.NOTIFY_SOCKET));
        return Optional.of(new Readiness(session, session.caller().environment().get(VARIABLE), socket));
    }

    /** Readable when the program has said something: time for {@link #relay}. */
    Fd descriptor()
    {
        return socket.descriptor();
    }

    /** Waits until the program is ready, or gone, or nobody waits for us any more. */
    void await(HostProcess init)
    {
        boolean gone = false;
        while (!told && !gone && !session.channel().lost()) {
            if (socket.await(init, TURN)) {
                relay(init.pid());
            }
            else {
                gone = init.ended();
            }
        }
    }

    /** Tells on what the program said just before it ended; not for ever, as processes that it left may still talk. */
    void relayTheRest(HostProcess ended, int mainPid)
    {
        for (int message = 0; message < LAST_WORDS && socket.await(ended, Duration.ZERO); message++) {
            relay(mainPid);
        }
    }

    /** Reads what the program said, and tells it on. @param mainPid the process for the manager to look after, told once */
    void relay(int mainPid)
    {
        Optional<String> ready = socket.receive();
        if (ready.isEmpty()) {
            return;
        }
        try {
            tell(ready.get() + "\n");
            if (!told) {
                tell("MAINPID=" + mainPid + "\n");
                told = true;
            }
            barrier();
        }
        catch (StepException e) {
            session.notices().warn("the service manager at " + manager + " cannot be told that the container is ready: " + e.getMessage());
        }
    }

    private void tell(String words)
    {
        HandOver.send(session.channel(), manager, words.getBytes(StandardCharsets.UTF_8));
    }

    /** The launcher must not end before the manager has looked at who spoke. */
    private void barrier()
    {
        try (Barrier barrier = Barrier.raise()) {
            HandOver.send(session.channel(), manager, "BARRIER=1".getBytes(StandardCharsets.US_ASCII), barrier.theirs());
            if (!barrier.await(BARRIER)) {
                session.notices().warn("the service manager at " + manager + " did not answer within " + BARRIER.toSeconds() + " s");
            }
        }
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
