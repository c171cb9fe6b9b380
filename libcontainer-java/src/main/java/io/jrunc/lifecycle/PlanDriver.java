package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.DeadlineException;
import io.jrunc.channel.Event;
import io.jrunc.channel.InitGoneException;
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

    /** @param quiet it is answered only if it fails: that it is done is known from the answer to a later one of the same party */
    private record Sent(long sequence, Party party, List<PlannedStep> steps, boolean quiet)
    {
        private boolean has(Op op)
        {
            return PlanDriver.has(steps, op);
        }
    }

    private static boolean has(List<PlannedStep> steps, Op op)
    {
        for (PlannedStep step : steps) {
            if (step.step().op() == op) {
                return true;
            }
        }
        return false;
    }

    private final Channel channel;
    private final Work work;
    private final Notices notices;
    private final Deque<Sent> sent = new ArrayDeque<>();
    /** Quiet ones of the init before the first of {@code sent}, of which nothing is known yet. */
    private final List<Sent> unheard = new ArrayList<>();
    private List<PlannedStep> batch = new ArrayList<>();
    private List<SlotFd> descriptors = new ArrayList<>();
    private final List<SlotFd> waiting = new ArrayList<>();
    /** Went along with what was sent: closed here once there is nothing better to do. */
    private final List<SlotFd> left = new ArrayList<>();
    private Party party = Party.LAUNCHER;
    private Duration patience = Deadlines.STEP;
    private boolean cloned;

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

    /** A descriptor for the next step that is added. Closed here, some time after it was sent. */
    void attach(int slot, Fd fd)
    {
        waiting.add(new SlotFd(slot, fd));
    }

    /** Whether the batch under way has such a step. */
    boolean batched(Op op)
    {
        return has(batch, op);
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
        send(false);
    }

    /** Sends the batch under way, which others will follow. Where nothing comes of it the process is not held up to say that it is done. */
    void dispatch()
    {
        send(party == Party.INIT && !bringsAny());
    }

    /** Results, or another process. What comes after the announcement has nobody to answer. */
    private boolean bringsAny()
    {
        for (PlannedStep step : batch) {
            Op op = step.step().op();
            if (op == Op.ANNOUNCE) {
                return false;
            }
            if (op == Op.FORK || !op.results().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void send(boolean quiet)
    {
        if (batch.isEmpty()) {
            return;
        }
        cloned |= batched(Op.CLONE);
        List<PlannedStep> planned = batch;
        List<SlotFd> fds = descriptors;
        batch = new ArrayList<>();
        descriptors = new ArrayList<>();
        List<Step> steps = new ArrayList<>(planned.size());
        for (PlannedStep step : planned) {
            steps.add(step.step());
        }
        try {
            sent.add(new Sent(quiet ? channel.postQuietly(party, steps, fds) : channel.post(party, steps, fds), party, planned, quiet));
        }
        finally {
            left.addAll(fds);
        }
    }

    private void closeLeft()
    {
        left.forEach(slot -> slot.fd().close());
        left.clear();
    }

    /**
     * Sends the batch under way, which ends with an exec, and waits for the answers of what was sent before. Its own is the exec, for
     * which {@link #nextEvent} waits and which {@link #departed} takes note of: an init that says that it is ready to go would hold
     * itself up.
     *
     * @return how long the exec may take, with all of which nothing is known yet
     */
    Duration depart()
    {
        dispatch();
        while (!sent.isEmpty()) {
            if (sent.peek().quiet()) {
                unheard.add(sent.remove());
            }
            else {
                awaitNext();
            }
        }
        return Deadlines.EXEC.plus(Deadlines.STEP.multipliedBy(Math.max(0, unheard.size() - 1)));
    }

    /**
     * After {@link #depart}: the next event.
     *
     * @param limit what is left of it is {@code deadline}
     * @throws StepException when the process has failed a step meanwhile, which it tells and lives on
     * @throws HostException when nothing came in time
     */
    Event nextEvent(Deadline deadline, Duration limit)
    {
        closeLeft();
        while (true) {
            Optional<StepException> failure = quietFailure(unheard);
            if (failure.isPresent()) {
                forget();
                throw failure.get();
            }
            if (channel.hasEvent()) {
                return channel.nextEvent(deadline);
            }
            try {
                channel.hear(deadline);
            }
            catch (DeadlineException e) {
                List<PlannedStep> steps = steps(unheard);
                forget();
                throw work.late(Party.INIT, steps, limit, e);
            }
        }
    }

    /** The program runs, so all that was to be done before it is done. */
    void departed()
    {
        unheard.forEach(this::tell);
        unheard.clear();
        patience = Deadlines.STEP;
    }

    private static List<PlannedStep> steps(List<Sent> batches)
    {
        return batches.stream().flatMap(batch -> batch.steps().stream()).toList();
    }

    /** Waits for the answers of everything that was sent. */
    void settle()
    {
        flush();
        while (!sent.isEmpty() || !unheard.isEmpty()) {
            awaitNext();
        }
        patience = Deadlines.STEP;
        channel.takeSignal().ifPresent(signal -> work.signalled(signal.signal()));
    }

    /** Waits until the batch that has such a step is done, if one was sent and not seen done yet. */
    void settleThrough(Op op)
    {
        if (batched(op)) {
            flush();
        }
        while (isOnItsWay(op)) {
            awaitNext();
        }
    }

    private boolean isOnItsWay(Op op)
    {
        for (Sent earlier : unheard) {
            if (earlier.has(op)) {
                return true;
            }
        }
        for (Sent earlier : sent) {
            if (earlier.has(op)) {
                return true;
            }
        }
        return false;
    }

    private void awaitNext()
    {
        closeLeft();
        while (!sent.isEmpty() && sent.peek().quiet()) {
            unheard.add(sent.remove());
        }
        // Batches are answered in their order: one without steps tells that all before it are done.
        Sent next = sent.isEmpty() ? new Sent(channel.post(Party.INIT, List.of(), List.of()), Party.INIT, List.of(), false) : sent.remove();
        List<Sent> concerned = concerned(next);
        // Each quiet one has had no wait of its own.
        Duration limit = patience.plus(Deadlines.STEP.multipliedBy(concerned.size() - 1));
        Reply reply;
        try {
            reply = channel.await(next.sequence(), Deadline.after(limit));
        }
        catch (InitGoneException e) {
            // It may have been ended because it failed.
            Optional<StepException> failure = quietFailure(concerned);
            forget();
            throw failure.<RuntimeException>map(first -> first).orElse(e);
        }
        catch (DeadlineException e) {
            List<PlannedStep> steps = steps(concerned);
            forget();
            throw work.late(next.party(), steps, limit, e);
        }
        catch (StepException e) {
            StepException first = quietFailure(concerned).orElseGet(() -> explained(next, e));
            forget();
            throw first;
        }
        Optional<StepException> failure = quietFailure(concerned);
        if (failure.isPresent()) {
            forget();
            throw failure.get();
        }
        concerned.forEach(this::tell);
        if (next.party() == Party.INIT) {
            unheard.clear();
        }
        for (int i = 0; i < next.steps().size(); i++) {
            work.answered(next.steps().get(i).step(), reply, i);
        }
    }

    /** The batches that an answer tells of: it is the last one's, the others are quiet. */
    private List<Sent> concerned(Sent next)
    {
        List<Sent> all = new ArrayList<>(next.party() == Party.INIT ? unheard : List.of());
        all.add(next);
        return all;
    }

    /** Of the quiet batches that an answer tells of. Where there is one, whatever the answer says of its own steps comes from it. */
    private Optional<StepException> quietFailure(List<Sent> concerned)
    {
        for (Sent batch : concerned) {
            Optional<StepException> failure = batch.quiet() ? channel.failure(batch.sequence()) : Optional.empty();
            if (failure.isPresent()) {
                return failure.map(e -> explained(batch, e));
            }
        }
        return Optional.empty();
    }

    private StepException explained(Sent failed, StepException e)
    {
        return origin(failed, e).map(step -> work.explain(e, step)).orElse(e);
    }

    private void forget()
    {
        sent.clear();
        unheard.clear();
    }

    private void tell(Sent done)
    {
        if (!notices.debugging() || done.steps().isEmpty()) {
            return;
        }
        notices.debug(done.party().name().toLowerCase(Locale.ROOT) + ": done: "
                + done.steps().stream().map(step -> step.step().op().wireName()).collect(Collectors.joining(", ")));
    }

    /** Forgets what was not sent; its descriptors are closed. For the way out after a failure. */
    void abandon()
    {
        descriptors.forEach(slot -> slot.fd().close());
        waiting.forEach(slot -> slot.fd().close());
        closeLeft();
        descriptors = new ArrayList<>();
        waiting.clear();
        batch = new ArrayList<>();
        forget();
    }

    private static Optional<PlannedStep> origin(Sent batch, StepException e)
    {
        return e.index() >= 0 && e.index() < batch.steps().size() ? Optional.of(batch.steps().get(e.index())) : Optional.empty();
    }
}
