package io.jrunc.lifecycle;

import io.jrunc.channel.ChannelClosedException;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.Event;
import io.jrunc.criu.CriuOptions;
import io.jrunc.criu.CriuRequest;
import io.jrunc.criu.CriuResponse;
import io.jrunc.criu.CriuSocket;
import io.jrunc.criu.CriuVersion;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.HostException;
import io.jrunc.host.Executables;
import io.jrunc.host.HostProcess;
import io.jrunc.os.Fd;
import io.jrunc.plan.EndStep;
import io.jrunc.plan.NamespaceStep;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.Slots;
import io.jrunc.plan.Step;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One criu, from its exec to its end, and the conversation with it.
 *
 * <p>It has the caller's world around it, being a child of the launcher; of the caller's environment it gets what it may need.
 */
final class CriuProcess implements AutoCloseable
{
    private static final String NAME = "criu";
    private static final Set<String> VARIABLES = Set.of("PATH", "HOME", "TMPDIR", "LANG");
    private static final int SIGKILL = 9;

    /** For criu to undo what it did when it is to give up. Less than the launcher gives us when its caller wants an end. */
    private static final Duration GIVE_UP = Duration.ofSeconds(8);

    /** With this version came external pid namespaces, the notification that lazy pages are served, and the freezer of cgroup v2. */
    private static final int OLDEST_MAJOR = 3;
    private static final int OLDEST_MINOR = 15;

    /** What is to be done when criu notifies us. */
    interface Notified
    {
        /** @param descriptor that came along, closed afterwards; an exception makes criu give up */
        void at(CriuResponse notification, Optional<Fd> descriptor);
    }

    /** In the order in which it inherits them. */
    private static final int CONVERSATION = 0;
    private static final int IMAGES = 1;
    private static final int WORK = 2;
    private static final int OTHERS = 3;

    private final Session session;
    private final CriuSocket socket;
    private final HostProcess process;
    private final List<Integer> inherited;
    private final CriuVersion version;
    private Optional<InterruptedCommandException> interruption = Optional.empty();

    private CriuProcess(Session session, CriuSocket socket, Construction construction)
    {
        this.session = session;
        this.socket = socket;
        this.process = construction.init();
        this.inherited = List.copyOf(construction.kept());
        this.version = checkVersion();
    }

    /** @throws HostException when the caller's PATH has none */
    static Path program(Session session)
    {
        return Executables.find(NAME, session.caller().environment().getOrDefault("PATH", "")).orElseThrow(() -> new HostException(
                "checkpoint and restore need criu: exec: \"criu\": executable file not found in $PATH", Diagnosis.NONE.withFix("install the package criu, version "
                        + OLDEST_MAJOR + "." + OLDEST_MINOR + " or later"), null));
    }

    /**
     * Makes the prepared process criu.
     *
     * @param choices name the directories that it inherits
     * @param others for it as well, closed here
     * @throws HostException when it does not run, or is too old
     */
    static CriuProcess start(Session session, Construction construction, CriuChoices choices, List<Fd> others)
    {
        Path program = program(session);
        PlanDriver driver = construction.driver();
        driver.add(step(new NamespaceStep.KeepPair(), "what is asked of criu, and what it says"));
        driver.add(step(new NamespaceStep.KeepDirectory(choices.imagePath().toString()), "the images"));
        driver.add(step(new NamespaceStep.KeepDirectory(choices.logDirectory().toString()), "the log"));
        for (int i = 0; i < others.size(); i++) {
            driver.attach(Slots.NAMESPACE + i, others.get(i));
            driver.add(step(new NamespaceStep.Keep(Slots.NAMESPACE + i), "a namespace that exists"));
        }
        driver.settle();
        CriuSocket socket = new CriuSocket(construction.takeConversation());
        try {
            driver.add(step(new EndStep.Announce(), "all is ready"));
            driver.add(step(new EndStep.Exec(program.toString(), List.of(NAME, "swrk", Integer.toString(construction.kept().get(CONVERSATION))), environment(session.caller())),
                    "becomes criu"));
            construction.start(true);
            return new CriuProcess(session, socket, construction);
        }
        catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    /** The options of which criu knows the directories. */
    CriuOptions options()
    {
        return new CriuOptions(inherited.get(IMAGES)).workDirectory(inherited.get(WORK));
    }

    /** Where criu finds one of the others. */
    int other(int index)
    {
        return inherited.get(OTHERS + index);
    }

    private static PlannedStep step(Step step, String why)
    {
        return new PlannedStep(step, why, Optional.empty());
    }

    static List<String> environment(Caller caller)
    {
        return caller.environment().entrySet().stream()
                .filter(entry -> VARIABLES.contains(entry.getKey()) || entry.getKey().startsWith("LC_") || entry.getKey().startsWith("CRIU_"))
                .map(entry -> entry.getKey() + "=" + entry.getValue()).sorted().toList();
    }

    private CriuVersion checkVersion()
    {
        CriuVersion found = ask(CriuRequest.version()).version().orElseThrow(() -> new HostException("criu does not tell its version"));
        require(found, OLDEST_MAJOR, OLDEST_MINOR, "checkpoint and restore need");
        return found;
    }

    /** @param who what needs it, with the verb. @throws HostException when it is older */
    void require(int major, int minor, String who)
    {
        require(version, major, minor, who);
    }

    private static void require(CriuVersion version, int major, int minor, String who)
    {
        if (!version.atLeast(major, minor)) {
            throw new HostException("criu " + version.text() + " is too old: " + who + " version " + major + "." + minor + " or later",
                    Diagnosis.NONE.withFix("install a newer criu, or name its folder first in PATH"), null);
        }
    }

    /** @throws HostException when this criu cannot do that on this kernel */
    void requireFeatures(boolean memoryTracking, boolean lazyPages)
    {
        if (!memoryTracking && !lazyPages) {
            return;
        }
        CriuResponse.Features features = ask(CriuRequest.features(memoryTracking, lazyPages)).features();
        List<String> missing = new ArrayList<>();
        if (memoryTracking && !features.memoryTracking()) {
            missing.add("MemTrack");
        }
        if (lazyPages && !features.lazyPages()) {
            missing.add("LazyPages");
        }
        if (!missing.isEmpty()) {
            throw new HostException("criu is missing features: " + missing, Diagnosis.NONE.withCause("the kernel lacks what they need; `criu check --all` says more"), null);
        }
    }

    HostProcess process()
    {
        return process;
    }

    private CriuResponse ask(byte[] request)
    {
        return converse(request, Deadlines.STEP, (notification, descriptor) -> { });
    }

    /**
     * Sends a request, answers what criu notifies us of, and returns its last word.
     *
     * @throws HostException when that is no success, does not come in time, or not at all
     * @throws InterruptedCommandException when the caller wanted us to end and criu has undone what it did
     */
    CriuResponse converse(byte[] request, Duration limit, Notified notified)
    {
        Deadline deadline = Deadline.after(limit);
        Optional<RuntimeException> givenUp = Optional.empty();
        socket.send(request);
        while (true) {
            // The end of the socket alone would not do: what criu has made has it, too.
            boolean heard = session.channel().awaitOther(deadline, List.of(socket.descriptor(), process.descriptor()));
            Optional<Event.Signal> signal = session.channel().takeSignal();
            if (signal.isPresent() && givenUp.isEmpty()) {
                interruption = Optional.of(new InterruptedCommandException(signal.get().signal()));
                givenUp = Optional.of(interruption.get());
                deadline = Deadline.after(GIVE_UP);
            }
            if (!heard) {
                if (deadline.passed()) {
                    throw givenUp.orElseGet(() -> new HostException("criu did not finish within " + limit.toSeconds() + " s"));
                }
                continue;
            }
            Optional<CriuSocket.Received> message = socket.readable() ? socket.receive() : Optional.empty();
            if (message.isEmpty()) {
                throw givenUp.orElseGet(() -> new HostException("criu ended without an answer"));
            }
            try (CriuSocket.Received received = message.get()) {
                CriuResponse response = received.response();
                if (response.type() != CriuResponse.Type.NOTIFY || !response.success()) {
                    return last(response, givenUp);
                }
                if (givenUp.isEmpty()) {
                    session.notices().debug("criu: " + response.script());
                    givenUp = attempt(() -> notified.at(response, received.descriptor()));
                    if (givenUp.isPresent()) {
                        deadline = Deadline.after(GIVE_UP);
                    }
                }
                socket.send(CriuRequest.noted(givenUp.isEmpty()));
            }
        }
    }

    private static Optional<RuntimeException> attempt(Runnable action)
    {
        try {
            action.run();
            return Optional.empty();
        }
        catch (ChannelClosedException e) {
            throw e;
        }
        catch (RuntimeException e) {
            return Optional.of(e);
        }
    }

    private static CriuResponse last(CriuResponse response, Optional<RuntimeException> givenUp)
    {
        if (givenUp.isPresent() && !(response.success() && givenUp.get() instanceof InterruptedCommandException)) {
            throw givenUp.get();
        }
        if (!response.success()) {
            // Its message is the first error of its log, harmless or not: the log says more.
            throw new HostException("criu failed: type " + response.type() + " errno " + response.errno());
        }
        return response;
    }

    /** Where success came too late to be wanted. @throws InterruptedCommandException when the caller wanted us to end */
    void throwIfInterrupted()
    {
        interruption.ifPresent(told -> {
            throw told;
        });
    }

    /** Nothing more is asked. @return false = it did not end in time */
    boolean leave()
    {
        socket.hangUp();
        return process.awaitEnd(Deadlines.DEATH);
    }

    /** After a failure: lets it undo what it did, and ends it if it does not come to an end. */
    void abandon()
    {
        socket.hangUp();
        if (!process.awaitEnd(GIVE_UP)) {
            kill();
        }
    }

    void kill()
    {
        process.signal(SIGKILL);
        process.awaitEnd(Deadlines.DEATH);
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
