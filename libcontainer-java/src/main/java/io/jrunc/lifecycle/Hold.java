package io.jrunc.lifecycle;

import io.jrunc.channel.Deadline;
import io.jrunc.channel.InitGoneException;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.error.StepException;
import io.jrunc.host.HostProcess;
import io.jrunc.host.SupervisorSocket;
import io.jrunc.host.SupervisorSocket.Word;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process that is ready but for its exec, in the hands of a supervisor: whoever listens at a socket gets its pidfd, and says when the
 * program may run, or that it shall not. Closing this tells the supervisor that the program runs, or that there is nothing left of it.
 */
final class Hold implements AutoCloseable
{
    private final Session session;
    private final Path socket;
    private final Duration limit;
    private final SupervisorSocket supervisor;

    private Hold(Session session, Path socket, Duration limit, SupervisorSocket supervisor)
    {
        this.session = session;
        this.socket = socket;
        this.limit = limit;
        this.supervisor = supervisor;
    }

    /** Hands the process over: one message, {@code {"id":"web","pid":4711}} and a newline, with the pidfd. */
    static Hold of(Session session, ExecRequest.Hold request, String id, HostProcess process)
    {
        // An id needs no escapes.
        String message = "{\"id\":\"" + id + "\",\"pid\":" + process.pid() + "}\n";
        try {
            return new Hold(session, request.socket(), request.limit(), new SupervisorSocket(
                    HandOver.connect(session.channel(), request.socket(), message.getBytes(StandardCharsets.US_ASCII), process.descriptor())));
        }
        catch (StepException e) {
            throw e.explained("cannot hand the process to the supervisor at " + request.socket() + ": " + e.getMessage(), e.diagnosis());
        }
    }

    /**
     * Waits for the word.
     *
     * @throws StateException when the supervisor gives the process up, or goes away
     * @throws HostException when it says nothing in time
     * @throws InitGoneException when the process ends meanwhile
     * @throws InterruptedCommandException when the caller wants us to end
     */
    void awaitStart(Construction construction)
    {
        Deadline deadline = Deadline.after(limit);
        HostProcess process = construction.init();
        while (!allowed(supervisor.heard())) {
            if (process.ended()) {
                throw new InitGoneException(OptionalInt.empty());
            }
            if (deadline.passed()) {
                throw new HostException("the supervisor at " + socket + " did not let the process start within " + seconds() + " s",
                        Diagnosis.NONE.withFix("give it more time with --hold-timeout"), null);
            }
            session.channel().awaitOther(deadline, List.of(supervisor.descriptor(), process.descriptor()));
            session.channel().takeSignal().ifPresent(signal -> construction.signalled(signal.signal()));
        }
    }

    private boolean allowed(Optional<Word> word)
    {
        return switch (word.orElse(null)) {
            case null -> false;
            case Word.Start() -> true;
            case Word.Abort() -> throw new StateException("the supervisor at " + socket + " gave the process up");
            case Word.Gone() -> throw new StateException("the supervisor at " + socket + " went away before it let the process start");
            case Word.Nonsense(String text) -> throw new StateException("the supervisor at " + socket + " says neither start nor abort, but \""
                    + text.replaceAll("[^ -~]", "?") + "\"");
        };
    }

    private String seconds()
    {
        return limit.toMillis() % 1000 == 0 ? Long.toString(limit.toSeconds()) : Double.toString(limit.toMillis() / 1000.0);
    }

    @Override
    public void close()
    {
        supervisor.close();
    }
}
