package io.jrunc.channel;

import static io.jrunc.error.Errno.ECONNRESET;
import static io.jrunc.error.Errno.EPIPE;

import io.jrunc.error.BugException;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.StepException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.ProcessCalls;
import io.jrunc.os.SocketCalls;
import io.jrunc.plan.Op;
import io.jrunc.plan.Party;
import io.jrunc.plan.Step;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * The engine's end of one sync socket: one launcher, one command. For one thread; only {@link #hangUp()} may come from another.
 *
 * <p><b>Errors</b>: {@link StepException} = a step failed; {@link InitGoneException} = the init ended instead of answering;
 * {@link ChannelClosedException} = the launcher has gone; {@link DeadlineException} = the time was up.
 *
 * <p>One file, though long: who was asked, what came, and what is still owed are one thing.
 */
public final class Channel implements AutoCloseable
{
    private static final int DESCRIPTORS_AT_ONCE = 200;
    private static final int SIGKILL = 9;

    private final Fd socket;
    private final Hello hello;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<Long, Frame> answers = new HashMap<>();
    private final Map<Long, Asked> asked = new HashMap<>();
    /** Numbers of batches that only carried descriptors. */
    private final Deque<Long> ahead = new ArrayDeque<>();
    /** Of all batches: new room for each would be the largest thing that a command needs. */
    private final PayloadWriter writer = new PayloadWriter();
    private Consumer<LogRecord> log = ignored -> { };
    private long sequence;

    /** Whom a batch went to, and with how many steps. */
    private record Asked(Party party, int steps) {}

    private Channel(Fd socket, Hello hello)
    {
        this.socket = socket;
        this.hello = hello;
    }

    /**
     * Takes the socket over and reads who is there.
     *
     * @throws ChannelClosedException when the other side does not introduce itself in time; the socket is closed then
     */
    public static Channel over(Fd socket, Duration patience)
    {
        try {
            if (FileCalls.poll(Optional.of(patience), FileCalls.POLLIN, socket)[0] == 0) {
                throw new ChannelClosedException("a client said nothing for " + patience);
            }
            Frame frame = Frame.receive(socket).orElseThrow(() -> new ChannelClosedException("a client left at once"));
            // A hello brings none.
            frame.descriptors().forEach(Fd::close);
            if (frame.type() != Frame.HELLO) {
                throw new ChannelClosedException("a client did not say hello");
            }
            return new Channel(socket, Hello.parse(frame.payload()));
        }
        catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    public Hello hello()
    {
        return hello;
    }

    /** Whom to give what the shim remarks; until then it is dropped. Called while somebody waits for something else. */
    public void onLog(Consumer<LogRecord> receiver)
    {
        log = receiver;
    }

    /**
     * Tells a launcher to ask another engine, and closes the socket. Its hello is taken off the socket, or our answer would be lost,
     * but not looked at: it may be large, and is a stranger's.
     */
    public static void turnAway(Fd socket, Duration patience, String reason)
    {
        try (socket) {
            if (FileCalls.poll(Optional.of(patience), FileCalls.POLLIN, socket)[0] != 0) {
                SocketCalls.receive(socket, 1).descriptors().forEach(Fd::close);
                Frame.send(socket, Frame.REFUSE, 1, 0, List.of(), new PayloadWriter().s(reason).bytes());
            }
        }
        catch (ErrnoException e) {
            // It has gone: it needs no answer.
        }
    }

    /**
     * Tells the launcher that it is served here: it need not ask another engine, however long the first step may take.
     *
     * @param steps what it may do meanwhile, and what comes of it is no matter of ours; the descriptors stay the caller's to close
     */
    public void accept(List<? extends Step> steps, List<SlotFd> descriptors)
    {
        postQuietly(Party.LAUNCHER, steps, descriptors);
    }

    /** Sends steps and waits for their answer. */
    public Reply call(Party party, List<? extends Step> steps, List<SlotFd> descriptors, Deadline deadline)
    {
        return await(post(party, steps, descriptors), deadline);
    }

    /**
     * Sends steps and does not wait. The descriptors stay the caller's to close.
     *
     * <p>More descriptors than a frame should carry go ahead, in frames without steps: they lie in their slots when the steps come.
     *
     * @return the number to {@link #await} with
     */
    public long post(Party party, List<? extends Step> steps, List<SlotFd> descriptors)
    {
        List<SlotFd> rest = descriptors;
        while (rest.size() > DESCRIPTORS_AT_ONCE) {
            ahead.add(sendBatch(Frame.BATCH, party, List.of(), rest.subList(0, DESCRIPTORS_AT_ONCE)));
            rest = rest.subList(DESCRIPTORS_AT_ONCE, rest.size());
        }
        return sendBatch(Frame.BATCH, party, List.copyOf(steps), rest);
    }

    /**
     * Sends steps that bring no results, and wants to hear of them only when one has failed: see {@link #failure}. Who answers nothing
     * wakes nobody. The descriptors stay the caller's to close.
     *
     * @return the number to ask {@link #failure} with
     */
    public long postQuietly(Party party, List<? extends Step> steps, List<SlotFd> descriptors)
    {
        return sendBatch(Frame.QUIET, party, List.copyOf(steps), descriptors);
    }

    /** What has failed in a batch that was posted quietly: told before anything that a later batch of the same party has come to. */
    public Optional<StepException> failure(long number)
    {
        Frame told = answers.remove(number);
        if (told == null || told.type() != Frame.FAIL) {
            return Optional.empty();
        }
        told.descriptors().forEach(Fd::close);
        return Optional.of(failure(new PayloadReader(told.payload())));
    }

    private long sendBatch(int type, Party party, List<Step> steps, List<SlotFd> descriptors)
    {
        long number = ++sequence;
        if (type == Frame.BATCH) {
            asked.put(number, new Asked(party, steps.size()));
        }
        send(type, party.number(), (int) number, descriptors, writer.batch(steps));
        return number;
    }

    /** The answer to a batch. Events that come in between are kept for {@link #nextEvent}. */
    public Reply await(long number, Deadline deadline)
    {
        while (!answers.containsKey(number)) {
            Asked batch = asked.get(number);
            if (batch == null) {
                throw new BugException("nobody was asked under the number " + number);
            }
            if (batch.party() == Party.INIT) {
                initGone().ifPresent(gone -> {
                    throw failedBirth().<RuntimeException>map(failure -> failure).orElse(gone);
                });
            }
            try {
                receive(deadline, "an answer of the " + batch.party().name().toLowerCase(Locale.ROOT));
            }
            catch (DeadlineException e) {
                if (batch.party() == Party.LAUNCHER) {
                    endLauncher();
                }
                throw e;
            }
        }
        // Answers come in the order of the batches, so those of the frames sent ahead are there.
        for (Long before = ahead.peek(); before != null && before < number; before = ahead.peek()) {
            ahead.remove();
            Asked batch = asked.remove(before);
            Frame answer = answers.remove(before);
            if (answer != null) {
                answer(answer, batch.steps());
            }
        }
        return answer(answers.remove(number), asked.remove(number).steps());
    }

    public boolean hasEvent()
    {
        return !events.isEmpty();
    }

    /** Waits for whatever the launcher says next: it may be an event, the failure of a quiet batch, or neither. */
    public void hear(Deadline deadline)
    {
        receive(deadline, "an event");
    }

    /** The next event, in the order in which they came. */
    public Event nextEvent(Deadline deadline)
    {
        while (events.isEmpty()) {
            receive(deadline, "an event");
        }
        return events.remove();
    }

    /** Waits for an event or until {@code other} can be read. @return false = there is an event, which comes first */
    public boolean awaitOther(Fd other)
    {
        while (events.isEmpty()) {
            int[] ready = FileCalls.poll(Optional.empty(), FileCalls.POLLIN, socket, other);
            if (ready[0] == 0) {
                return true;
            }
            // Not every frame is an event: late answers and remarks are none.
            receive(Deadline.never(), "an event");
        }
        return false;
    }

    /** The next event of a kind, taken out of those that wait; others stay. */
    public <E extends Event> E nextEvent(Class<E> kind, Deadline deadline)
    {
        while (true) {
            for (Iterator<Event> i = events.iterator(); i.hasNext();) {
                Event event = i.next();
                if (kind.isInstance(event)) {
                    i.remove();
                    return kind.cast(event);
                }
            }
            receive(deadline, "the event " + kind.getSimpleName());
        }
    }

    /** The signal by which the caller asked us to end before the program ran, if one has come meanwhile; taken out of the events that wait. */
    public Optional<Event.Signal> takeSignal()
    {
        for (Event event : events) {
            if (event instanceof Event.Execed) {
                return Optional.empty();
            }
            if (event instanceof Event.Signal signal) {
                events.remove(signal);
                return Optional.of(signal);
            }
        }
        return Optional.empty();
    }

    /**
     * Waits until one of these can be read. What the launcher says meanwhile is kept.
     *
     * @return false = the time was up, or the launcher said something
     * @throws ChannelClosedException when the launcher has gone
     */
    public boolean awaitOther(Deadline deadline, List<Fd> others)
    {
        List<Fd> all = new ArrayList<>(others);
        all.add(socket);
        int[] ready = FileCalls.poll(deadline.remaining(), FileCalls.POLLIN, all.toArray(new Fd[0]));
        if (ready[others.size()] != 0) {
            receive(Deadline.after(Duration.ZERO), "what the launcher says");
        }
        return Arrays.stream(ready, 0, others.size()).anyMatch(events -> events != 0);
    }

    /** True when the launcher has gone: the other end is closed. */
    public boolean lost()
    {
        return !socket.isOpen() || (FileCalls.poll(Optional.of(Duration.ZERO), 0, socket)[0] & (FileCalls.POLLHUP | FileCalls.POLLERR)) != 0;
    }

    /** A launcher that does not answer can neither be told to end nor print why it should; its caller must not wait for ever. */
    private void endLauncher()
    {
        SocketCalls.peerProcess(socket).ifPresent(launcher -> {
            try (launcher) {
                // Not in a rehearsal, where it is ourselves.
                if (SocketCalls.peer(socket).pid() != ProcessHandle.current().pid()) {
                    ProcessCalls.signal(launcher, SIGKILL);
                }
            }
        });
    }

    /** What a child said that failed between its clone and its first batch: an answer to no batch. */
    public Optional<StepException> failedBirth()
    {
        return failure(0);
    }

    /**
     * Reads on until the launcher has gone. A socket that is closed with something unread in it would take the last frame away
     * from the other side. One that does not go in time is ended.
     */
    public void drain(Duration patience)
    {
        Deadline deadline = Deadline.after(patience);
        boolean there = true;
        try {
            while (there) {
                there = receiveOrEnd(deadline, "the launcher's end");
            }
        }
        catch (ChannelClosedException e) {
            // It has gone, if not as it should.
        }
        catch (DeadlineException e) {
            endLauncher();
        }
    }

    private Optional<InitGoneException> initGone()
    {
        for (Event event : events) {
            if (event instanceof Event.InitExit(int status)) {
                return Optional.of(new InitGoneException(OptionalInt.of(status)));
            }
        }
        return Optional.empty();
    }

    private void receive(Deadline deadline, String what)
    {
        if (!receiveOrEnd(deadline, what)) {
            throw new ChannelClosedException("the launcher has gone");
        }
    }

    /** @return false = there was nothing more, as it has gone */
    private boolean receiveOrEnd(Deadline deadline, String what)
    {
        Optional<Frame> received;
        try {
            if (FileCalls.poll(deadline.remaining(), FileCalls.POLLIN, socket)[0] == 0) {
                throw new DeadlineException(what);
            }
            received = Frame.receive(socket);
        }
        catch (ErrnoException e) {
            throw new ChannelClosedException("the launcher has gone: " + e.getMessage());
        }
        received.ifPresent(this::take);
        return received.isPresent();
    }

    private void take(Frame frame)
    {
        switch (frame.type()) {
            case Frame.REPLY, Frame.FAIL -> {
                Frame earlier = answers.putIfAbsent(frame.sequence() & 0xffffffffL, frame);
                if (earlier != null) {
                    frame.descriptors().forEach(Fd::close);
                    throw new ChannelClosedException("the launcher answered batch " + frame.sequence() + " twice");
                }
            }
            case Frame.EVENT -> events.add(event(frame));
            case Frame.FORKED -> events.add(forked(frame));
            case Frame.LOG -> log(frame);
            default -> {
                frame.descriptors().forEach(Fd::close);
                throw new ChannelClosedException("the launcher sent a frame of type " + frame.type());
            }
        }
    }

    private void log(Frame frame)
    {
        frame.descriptors().forEach(Fd::close);
        PayloadReader in = new PayloadReader(frame.payload());
        log.accept(new LogRecord((int) in.i(), in.s()));
    }

    private static Event forked(Frame frame)
    {
        if (frame.descriptors().size() != 1) {
            frame.descriptors().forEach(Fd::close);
            throw new ChannelClosedException("the launcher told of a fork with " + frame.descriptors().size() + " descriptors");
        }
        try {
            return new Event.Forked((int) new PayloadReader(frame.payload()).i(), frame.descriptors().getFirst());
        }
        catch (ChannelClosedException e) {
            frame.descriptors().getFirst().close();
            throw e;
        }
    }

    private static Event event(Frame frame)
    {
        PayloadReader in = new PayloadReader(frame.payload());
        frame.descriptors().forEach(Fd::close);
        int kind = in.u32();
        int value = (int) in.i();
        return switch (kind) {
            case 1 -> new Event.InitExit(value);
            case 2 -> new Event.Execed();
            case 3 -> new Event.InitLost();
            case 4 -> new Event.Signal(value);
            default -> throw new ChannelClosedException("the launcher sent an unknown event " + kind);
        };
    }

    private static Reply answer(Frame frame, int steps)
    {
        PayloadReader in = new PayloadReader(frame.payload());
        try {
            if (frame.type() == Frame.REPLY) {
                return Reply.of(in, steps, frame.slots(), frame.descriptors());
            }
            throw failure(in);
        }
        catch (RuntimeException | Error e) {
            frame.descriptors().forEach(Fd::close);
            throw e;
        }
    }

    /** A failure packet, wherever it was read. */
    static StepException failure(PayloadReader in)
    {
        int index = in.u32();
        int number = in.u32();
        int errno = (int) in.i();
        String call = in.s();
        String object = in.s();
        String detail = in.s();
        String step = Arrays.stream(Op.values()).filter(op -> op.number() == number).map(Op::wireName).findFirst().orElse("step " + number);
        return StepException.raw(step, index, call, errno, object, detail);
    }

    /**
     * What an init wrote to its report fifo.
     *
     * @return the failure of its exec; empty = none was reported
     */
    public static Optional<StepException> reported(byte[] report)
    {
        for (int start = 0; start < report.length; start++) {
            // Announcements are single newlines; a frame begins with its version.
            if (report[start] == Frame.VERSION && report.length - start > 16 && report[start + 1] == Frame.FAIL) {
                return Optional.of(failure(new PayloadReader(Arrays.copyOfRange(report, start + 16, report.length))));
            }
        }
        return Optional.empty();
    }

    private void send(int type, int party, int number, List<SlotFd> descriptors, byte[] payload)
    {
        try {
            Frame.send(socket, type, party, number, descriptors, payload);
        }
        catch (ErrnoException e) {
            if (e.is(EPIPE, ECONNRESET)) {
                throw new ChannelClosedException("the launcher has gone");
            }
            throw e;
        }
    }

    /** Ends the conversation from outside: whoever waits on this channel gets a {@link ChannelClosedException}. */
    public void hangUp()
    {
        try {
            SocketCalls.shutdown(socket);
        }
        catch (IllegalStateException closed) {
            // Its owner was quicker.
        }
    }

    @Override
    public void close()
    {
        answers.values().forEach(frame -> frame.descriptors().forEach(Fd::close));
        answers.clear();
        events.forEach(event -> {
            if (event instanceof Event.Forked forked) {
                forked.process().close();
            }
        });
        socket.close();
    }
}
