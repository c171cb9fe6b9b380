package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.DeadlineException;
import io.jrunc.channel.Reply;
import io.jrunc.channel.SlotFd;
import io.jrunc.error.HostException;
import io.jrunc.error.StepException;
import io.jrunc.os.Fd;
import io.jrunc.plan.Action;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.NamespaceStep;
import io.jrunc.plan.Op;
import io.jrunc.plan.Party;
import io.jrunc.plan.Phase;
import io.jrunc.plan.PlanPrinter;
import io.jrunc.plan.PlannedFallback;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.Step;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Carries a plan out: gathers steps into batches, sends them, and lets the engine's own work happen between them.
 *
 * <p>The rules are those of {@link io.jrunc.plan.Plan}. Work that does not wait runs while the shim is busy with the batches sent
 * before it; that is where a start gains its speed.
 */
final class PlanDriver
{
    /** The engine's side of a plan. */
    interface Work
    {
        /** Carries one step out. May attach descriptors and add steps to the batch under way. */
        void carryOut(EngineStep step, PlannedWork origin);

        /** A step with results was answered. */
        void answered(Step step, Reply reply, int index);

        /** The caller asked for the command's end, or for what its program makes of that signal. */
        void signalled(int signal);

        /** A failure as the shim told it → the same in the user's words. */
        StepException explain(StepException raw, PlannedStep origin);

        /** No answer came in time to these steps of one party. */
        HostException late(Party party, List<PlannedStep> steps, Duration patience, DeadlineException cause);
    }

    /** Fewer than a frame holds, as one is kept for a large payload and a step may need several. */
    private static final int MOST_DESCRIPTORS = 200;

    private record Sent(long sequence, List<PlannedStep> steps)
    {
        private boolean has(Op op)
        {
            return steps.stream().anyMatch(step -> step.step().op() == op);
        }
    }

    private final Channel channel;
    private final Work work;
    private final Notices notices;
    private final Deque<Sent> sent = new ArrayDeque<>();
    private List<PlannedStep> batch = new ArrayList<>();
    private List<SlotFd> descriptors = new ArrayList<>();
    private final List<SlotFd> waiting = new ArrayList<>();
    private Party party = Party.LAUNCHER;
    private Duration patience = Deadlines.STEP;
    private boolean cloned;
    private Supplier<Optional<SlotFd>> forClone = Optional::empty;

    PlanDriver(Channel channel, Work work, Notices notices)
    {
        this.channel = channel;
        this.work = work;
        this.notices = notices;
    }

    /** Carries a phase out but for its last batch, which is {@link #flush sent} and {@link #settle awaited} by whoever needs it. */
    void gather(Phase phase)
    {
        if (notices.debugging() && !phase.actions().isEmpty()) {
            notices.debug(phase.name() + ": " + phase.reason());
        }
        gather(phase.actions());
    }

    /** Carries actions out but for their last batch, which is {@link #flush sent} and {@link #settle awaited} by whoever needs it. */
    void gather(List<Action> actions)
    {
        for (Action action : actions) {
            switch (action) {
                case PlannedStep step -> add(step);
                case PlannedWork planned -> work(planned);
                case PlannedFallback fallback -> attempt(fallback);
            }
        }
    }

    private void work(PlannedWork planned)
    {
        if (planned.step().waits()) {
            settle();
        }
        if (notices.debugging()) {
            notices.debug("engine: " + PlanPrinter.name(planned.step()) + ", " + planned.why());
        }
        work.carryOut(planned.step(), planned);
    }

    /** Tried alone, so that nothing after it was begun when the other way has to be gone. */
    private void attempt(PlannedFallback fallback)
    {
        settle();
        add(fallback.first());
        try {
            settle();
        }
        catch (StepException e) {
            if (!fallback.errnos().contains(e.errno())) {
                throw e;
            }
            // Without that word it would take the refusal for the end.
            add(new PlannedStep(new NamespaceStep.GoOn(), fallback.why(), fallback.jsonPath()));
            gather(fallback.instead());
        }
    }

    /** One more step for the batch under way. */
    void add(PlannedStep step)
    {
        if (step.step().op().party() != party) {
            flush();
            party = step.step().op().party();
        }
        if (step.step().op() == Op.CLONE) {
            forClone.get().ifPresent(waiting::add);
        }
        if (descriptors.size() + waiting.size() > MOST_DESCRIPTORS) {
            flush();
        }
        descriptors.addAll(waiting);
        waiting.clear();
        batch.add(step);
    }

    void add(Step step, PlannedWork origin)
    {
        add(new PlannedStep(step, origin.why(), origin.jsonPath()));
    }

    /** A descriptor for the next step that is added. Closed here, after it was sent. */
    void attach(int slot, Fd fd)
    {
        waiting.add(new SlotFd(slot, fd));
    }

    /** A descriptor that is looked for only when the clone step is added, as late as can be. Closed as others are. */
    void attachToClone(int slot, Supplier<Optional<Fd>> fd)
    {
        forClone = () -> fd.get().map(found -> new SlotFd(slot, found));
    }

    /** Whether the batch under way has such a step. */
    boolean batched(Op op)
    {
        return batch.stream().anyMatch(step -> step.step().op() == op);
    }

    /** Whether the launcher was asked for a process, so that there may be one. */
    boolean cloned()
    {
        return cloned;
    }

    /** For steps that may take longer than usual, such as hooks: the next answer may take that long more. */
    void allow(Duration more)
    {
        patience = patience.plus(more);
    }

    /** Sends the batch under way, without waiting for its answer. */
    void flush()
    {
        if (batch.isEmpty()) {
            return;
        }
        cloned |= batched(Op.CLONE);
        List<PlannedStep> steps = batch;
        List<SlotFd> fds = descriptors;
        batch = new ArrayList<>();
        descriptors = new ArrayList<>();
        try {
            sent.add(new Sent(channel.post(party, steps.stream().map(PlannedStep::step).toList(), fds), steps));
        }
        finally {
            fds.forEach(slot -> slot.fd().close());
        }
    }

    /** Waits for the answers of everything that was sent. */
    void settle()
    {
        flush();
        while (!sent.isEmpty()) {
            await(sent.remove());
        }
        patience = Deadlines.STEP;
        channel.takeSignal().ifPresent(signal -> work.signalled(signal.signal()));
    }

    /** Waits for the answers up to and with that of the batch that has such a step, if one was sent and not answered yet. */
    void settleThrough(Op op)
    {
        if (batched(op)) {
            flush();
        }
        while (sent.stream().anyMatch(batch -> batch.has(op))) {
            await(sent.remove());
        }
    }

    private void await(Sent next)
    {
        Reply reply;
        try {
            reply = channel.await(next.sequence(), Deadline.after(patience));
        }
        catch (DeadlineException e) {
            sent.clear();
            throw work.late(next.steps().getFirst().step().op().party(), next.steps(), patience, e);
        }
        catch (StepException e) {
            sent.clear();
            throw origin(next, e).map(step -> work.explain(e, step)).orElse(e);
        }
        if (notices.debugging()) {
            tell(next);
        }
        for (int i = 0; i < next.steps().size(); i++) {
            work.answered(next.steps().get(i).step(), reply, i);
        }
    }

    private void tell(Sent done)
    {
        Party did = done.steps().getFirst().step().op().party();
        notices.debug(did.name().toLowerCase(Locale.ROOT) + ": done: "
                + done.steps().stream().map(step -> step.step().op().wireName()).collect(Collectors.joining(", ")));
    }

    /** Forgets what was not sent; its descriptors are closed. For the way out after a failure. */
    void abandon()
    {
        descriptors.forEach(slot -> slot.fd().close());
        waiting.forEach(slot -> slot.fd().close());
        descriptors = new ArrayList<>();
        waiting.clear();
        batch = new ArrayList<>();
        sent.clear();
    }

    private static Optional<PlannedStep> origin(Sent batch, StepException e)
    {
        return e.index() >= 0 && e.index() < batch.steps().size() ? Optional.of(batch.steps().get(e.index())) : Optional.empty();
    }
}
