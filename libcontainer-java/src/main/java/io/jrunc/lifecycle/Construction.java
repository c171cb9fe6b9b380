package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.ChannelClosedException;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.DeadlineException;
import io.jrunc.channel.Event;
import io.jrunc.channel.InitGoneException;
import io.jrunc.channel.PayloadReader;
import io.jrunc.channel.Reply;
import io.jrunc.error.BugException;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.StepException;
import io.jrunc.hooks.HookOutcome;
import io.jrunc.host.HostProcess;
import io.jrunc.os.Fd;
import io.jrunc.plan.EndStep;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Op;
import io.jrunc.plan.Party;
import io.jrunc.plan.Phase;
import io.jrunc.plan.Plan;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.Step;
import io.jrunc.spec.Capability;
import io.jrunc.spec.Hook;
import io.jrunc.spec.HookKind;
import io.jrunc.spec.Seccomp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process being made from a plan, for {@code create}, {@code run} and {@code exec}: what was learned on the way, and the
 * engine's side of the steps that all of them have. The rest is {@link Setting}'s.
 *
 * <p>One file, though long: what is learned by one step is what another one needs, and how it all ends depends on how far it got.
 */
final class Construction implements PlanDriver.Work
{
    /** What differs between making a container and adding a process to one. */
    interface Setting
    {
        /** Carries out what is not common; may attach descriptors and add steps. */
        void carryOut(EngineStep step, PlannedWork origin, Construction construction);

        /** The process is known by its number; nothing was done with it yet. */
        void begun(HostProcess init);

        /** The failure of a program that cannot be found, as this command says it, and so on. */
        StepException explain(StepException raw, PlannedStep origin);

        Optional<HookRunner> hooks();
    }

    private static final int SIGKILL = 9;
    /** The program of an exec step: the one that the process itself has found. */
    private static final String FOUND = "";

    /** @param told its outcome comes back with the step's answer */
    private record PendingHook(HookKind kind, int index, Hook hook, boolean told) {}

    private final Channel channel;
    private final Setting setting;
    private final Notices notices;
    private final Optional<Duration> linger;
    private final PlanDriver driver;
    private final Deque<PendingHook> pendingHooks = new ArrayDeque<>();
    private Optional<HostProcess> init = Optional.empty();
    private final boolean ownPidNamespace;
    private Optional<Plan> plan = Optional.empty();
    private boolean begun;
    private boolean worded;
    private byte[] passwd = new byte[0];
    private int listener = -1;
    private Optional<Fd> tree = Optional.empty();
    private final List<Integer> kept = new ArrayList<>();
    private Optional<Fd> conversation = Optional.empty();
    private boolean executed;
    private boolean ended;
    /** Of the process, once it has ended and the launcher has said so. */
    private OptionalInt status = OptionalInt.empty();

    /** @param ownPidNamespace the process sees itself as number 1 */
    Construction(Session session, Setting setting, boolean ownPidNamespace)
    {
        this.channel = session.channel();
        this.notices = session.notices();
        this.linger = session.linger();
        this.setting = setting;
        this.ownPidNamespace = ownPidNamespace;
        this.driver = new PlanDriver(channel, this, session.notices());
    }

    PlanDriver driver()
    {
        return driver;
    }

    /** @throws BugException before the clone was sent */
    HostProcess init()
    {
        if (init.isEmpty()) {
            driver.settleThrough(Op.CLONE);
        }
        return init.orElseThrow(() -> driver.cloned() ? new InitGoneException(OptionalInt.empty()) : new BugException("the process is needed before it was cloned"));
    }

    Optional<HostProcess> initIfBegun()
    {
        return init;
    }

    /**
     * Hands the descriptor by which an agent answers the process's system calls to that agent. The process needs no call for it but
     * those that it waits with: its filter may hold back every other one.
     */
    void sendListener(Seccomp filter, byte[] message)
    {
        String path = filter.listenerPath().orElseThrow(() -> new BugException("a filter that notifies has no listener"));
        try (Fd descriptor = HostSide.attempt("linux.seccomp", "fetch the filter's descriptor", () -> init().descriptorOf(listener))) {
            HandOver.send(channel, path, message, descriptor);
        }
        catch (StepException e) {
            throw e.explained("linux.seccomp.listenerPath: failed to connect with seccomp agent, which the filter's descriptor was for: " + e.getMessage(), e.diagnosis());
        }
    }

    /** Carries out the first phase of a plan whose rest is not made yet, and does not wait. */
    void begin(Phase beginning)
    {
        driver.gather(beginning);
        begun = true;
    }

    /** All up to the moment of "created", whose answers may be on their way still; nothing of the user's has run. */
    void prepare(Plan whole)
    {
        plan = Optional.of(whole);
        whole.preparation().stream().skip(begun ? 1 : 0).forEach(driver::gather);
    }

    private Plan plan()
    {
        return plan.orElseThrow(() -> new BugException("the plan is needed before it was made"));
    }

    /**
     * The last batch. Its answer comes when the process waits for {@code start}; in a run the program that runs is its answer.
     *
     * @param executed wait until the program runs
     */
    void start(boolean executed)
    {
        driver.gather(plan().start());
        if (executed) {
            awaitExec(driver.depart());
        }
        else {
            driver.settle();
        }
    }

    /** What is left once the program runs, or waits. */
    void running()
    {
        driver.gather(plan().running());
        driver.settle();
    }

    /**
     * Waits for the end of the process, however long it runs. A one-shot engine stays for {@link Session#linger} only: a short program
     * gets its end without another JVM, a long one does not keep this one. What a service manager is to be told keeps it as well.
     *
     * @param readiness what its program says meanwhile is told on; @param mainPid the process for the service manager to look after
     * @return false = it runs on, and its launcher sees to the rest once our end of the channel is closed
     */
    boolean awaitDeath(Optional<Readiness> readiness, int mainPid)
    {
        Deadline leave = linger.filter(wanted -> readiness.isEmpty()).map(Deadline::after).orElse(Deadline.never());
        try {
            while (status.isEmpty()) {
                if (readiness.isPresent() && channel.awaitOther(readiness.get().descriptor())) {
                    readiness.get().relay(mainPid);
                }
                // The kernel tells us as soon as it tells the launcher, which has its output to see to first.
                else if (readiness.isEmpty() && linger.isEmpty() && channel.awaitOther(init().descriptor())) {
                    return true;
                }
                else {
                    attend(channel.nextEvent(leave));
                }
            }
            readiness.ifPresent(ready -> ready.relayTheRest(init(), mainPid));
            return true;
        }
        catch (DeadlineException e) {
            return false;
        }
    }

    /** The wait status of a process that has ended, once all of its output was passed on. */
    int endStatus()
    {
        return endStatus(Deadline.never());
    }

    /** As {@link #awaitDeath}, for who has nothing to do before its output was passed on. @return its wait status; empty = it runs on */
    OptionalInt awaitEnd()
    {
        try {
            return OptionalInt.of(endStatus(linger.map(Deadline::after).orElse(Deadline.never())));
        }
        catch (DeadlineException e) {
            return OptionalInt.empty();
        }
    }

    private int endStatus(Deadline leave)
    {
        while (status.isEmpty()) {
            attend(channel.nextEvent(leave));
        }
        return status.getAsInt();
    }

    private void attend(Event event)
    {
        switch (event) {
            case Event.InitExit(int waitStatus) -> status = OptionalInt.of(waitStatus);
            case Event.Signal(int signal) -> signalled(signal);
            case Event.Forked forked -> forked.process().close();
            case Event.Execed(), Event.InitLost() -> { }
        }
    }

    /** Before the program runs a signal is for us: undo all. From then on it is the program's, as if it had come a moment later. */
    @Override
    public void signalled(int signal)
    {
        if (!executed) {
            throw new InterruptedCommandException(signal);
        }
        init().signal(signal);
    }

    private void awaitExec(Duration limit)
    {
        Deadline deadline = Deadline.after(limit);
        while (true) {
            switch (driver.nextEvent(deadline, limit)) {
                // Or it failed at the exec itself: its own line on stderr says why; its end is reported like any other.
                case Event.Execed() -> {
                    executed = true;
                    driver.departed();
                    return;
                }
                // Its end follows.
                case Event.InitLost() -> { }
                case Event.InitExit(int status) -> {
                    ended = true;
                    throw channel.failedBirth().<RuntimeException>map(failure -> failure).orElseGet(() -> new InitGoneException(OptionalInt.of(status)));
                }
                case Event.Signal(int signal) -> signalled(signal);
                case Event.Forked forked -> forked.process().close();
            }
        }
    }

    @Override
    public void carryOut(EngineStep step, PlannedWork origin)
    {
        switch (step) {
            case EngineStep.Settle() -> driver.settle();
            case EngineStep.Dispatch() -> driver.dispatch();
            case EngineStep.RunHooks(HookKind kind) -> runHooks(kind, origin);
            case EngineStep.SendWords() -> {
                driver.add(new EndStep.Words(plan().arguments(), environment()), origin);
                worded = true;
            }
            case EngineStep.ExecProgram() -> driver.add(worded ? new EndStep.Exec(FOUND, List.of(), List.of()) : new EndStep.Exec(FOUND, plan().arguments(), environment()), origin);
            default -> setting.carryOut(step, origin, this);
        }
    }

    /** As soon as the process has answered what it has read for it. */
    private List<String> environment()
    {
        driver.settleThrough(Op.READ_FILE);
        return plan().environment().complete(passwd);
    }

    private void runHooks(HookKind kind, PlannedWork origin)
    {
        HookRunner hooks = setting.hooks().orElseThrow(() -> new BugException("hooks in a plan without any"));
        boolean inside = kind == HookKind.CREATE_CONTAINER || kind == HookKind.START_CONTAINER;
        OptionalInt pid = inside && ownPidNamespace ? OptionalInt.of(1) : OptionalInt.of(init().pid());
        boolean told = !waitsForStart();
        List<Hook> list = hooks.of(kind);
        for (int i = 0; i < list.size(); i++) {
            Hook hook = list.get(i);
            driver.allow(HookRunner.limit(hook));
            pendingHooks.add(new PendingHook(kind, i, hook, told));
            Step step = inside ? hooks.inside(kind, hook, pid, environment()) : hooks.outside(kind, hook, pid);
            driver.add(step, origin);
            if (told) {
                driver.settle();
            }
        }
    }

    /** After wait_start nobody could judge a hook before the exec: a failed one fails its step there. */
    private boolean waitsForStart()
    {
        return driver.batched(Op.WAIT_START);
    }

    @Override
    public void answered(Step step, Reply reply, int index)
    {
        switch (step.op()) {
            case CLONE -> begin((int) results(reply, index).i(), reply.descriptor(index));
            case FORK -> follow();
            case KEEP, KEEP_DIRECTORY -> kept.add((int) results(reply, index).i());
            case KEEP_PAIR -> {
                kept.add((int) results(reply, index).i());
                conversation = reply.descriptor(index);
            }
            case OPEN_INNER -> tree = reply.descriptor(index);
            case SPAWN, HOOK -> judge(reply, index);
            case READ_FILE -> passwd = results(reply, index).b();
            case AMBIENT -> results(reply, index).l().forEach(this::refusedAmbient);
            // Loaded after the announcement it has nobody to answer, and nothing to tell.
            case SECCOMP -> reply.results(index).ifPresent(results -> listener = (int) results.i());
            default -> { }
        }
    }

    /** @param refusal "NUMBER ERRNO" */
    private void refusedAmbient(String refusal)
    {
        String[] words = refusal.split(" ");
        int number = Integer.parseInt(words[0]);
        String name = number < Capability.values().length ? Capability.values()[number].word() : words[0];
        notices.warn("can't raise ambient capability " + name + ": " + Errno.text(Integer.parseInt(words[1])));
    }

    /** The mount that the process opened last, for its only taker. */
    Fd takeTree()
    {
        Fd taken = tree.orElseThrow(() -> new BugException("a mount is taken that was not opened"));
        tree = Optional.empty();
        return taken;
    }

    /** Numbers of the descriptors that what the process executes inherits, in the order of their steps. */
    List<Integer> kept()
    {
        return kept;
    }

    /** Our end of a conversation with what the process executes, for its only taker. */
    Fd takeConversation()
    {
        Fd taken = conversation.orElseThrow(() -> new BugException("a conversation is taken that was not begun"));
        conversation = Optional.empty();
        return taken;
    }

    /**
     * Another child of the launcher is the process from here on. What was it before lives on: the caller's to close, and to end.
     *
     * @throws StepException when it is no child, or gone already
     */
    HostProcess adopt(int pid)
    {
        HostProcess before = init();
        Reply reply = channel.call(Party.LAUNCHER, List.of(new LauncherStep.Adopt(pid)), List.of(), Deadline.after(Deadlines.STEP));
        begin(pid, reply.descriptor(0));
        return before;
    }

    private static PayloadReader results(Reply reply, int index)
    {
        return reply.results(index).orElseThrow(() -> new BugException("the shim answered without results"));
    }

    private void begin(int pid, Optional<Fd> descriptor)
    {
        Fd pidfd = descriptor.orElseThrow(() -> new BugException("a clone without a descriptor"));
        try {
            HostProcess process = HostProcess.of(pid, pidfd);
            init = Optional.of(process);
            setting.begun(process);
        }
        catch (ErrnoException e) {
            if (!e.is(Errno.ESRCH)) {
                throw e;
            }
            // A first stage that has forked and gone before we looked, or a process that has died: the next event tells which.
            pidfd.close();
        }
    }

    /** The process goes on in a child, which alone is inside the pid namespace. */
    private void follow()
    {
        Event.Forked forked = channel.nextEvent(Event.Forked.class, Deadline.after(Deadlines.STEP));
        init.ifPresent(HostProcess::close);
        begin(forked.pid(), Optional.of(forked.process()));
    }

    private void judge(Reply reply, int index)
    {
        PendingHook pending = pendingHooks.remove();
        if (!pending.told()) {
            return;
        }
        PayloadReader results = results(reply, index);
        HookOutcome outcome = new HookOutcome((int) results.i(), results.i() != 0, results.b(), results.b());
        outcome.failure(pending.kind(), pending.index(), HookRunner.limit(pending.hook())).ifPresent(message -> {
            throw new HostException(message);
        });
    }

    @Override
    public StepException explain(StepException raw, PlannedStep origin)
    {
        return setting.explain(raw, origin);
    }

    @Override
    public HostException late(Party party, List<PlannedStep> steps, Duration patience, DeadlineException cause)
    {
        return Explanation.late(party, steps, init.flatMap(HostProcess::name), patience, cause);
    }

    /** Waits for the end of a process that is to end. @return its wait status */
    int awaitExit(Duration limit)
    {
        int status = channel.nextEvent(Event.InitExit.class, Deadline.after(limit)).waitStatus();
        ended = true;
        return status;
    }

    /** Gives the process's descriptor back; the process goes on. */
    void letGo()
    {
        init.ifPresent(HostProcess::close);
    }

    /**
     * Ends the process, whatever it does, and waits until it has gone. The launcher knows it from the clone on, even where its
     * answer has not been read yet.
     */
    void kill()
    {
        boolean cloned = driver.cloned();
        driver.abandon();
        try {
            if (cloned && !ended) {
                channel.call(Party.LAUNCHER, List.of(new LauncherStep.Kill(SIGKILL)), List.of(), Deadline.after(Deadlines.DEATH));
                channel.nextEvent(Event.InitExit.class, Deadline.after(Deadlines.DEATH));
            }
        }
        catch (StepException | DeadlineException | ChannelClosedException e) {
            // The launcher is gone or stuck, has let go of the process already, or the clone itself failed: what is known of the process is ended below.
        }
        tree.ifPresent(Fd::close);
        conversation.ifPresent(Fd::close);
        init.ifPresent(process -> {
            process.signal(SIGKILL);
            process.awaitEnd(Deadlines.DEATH);
            process.close();
        });
    }
}
