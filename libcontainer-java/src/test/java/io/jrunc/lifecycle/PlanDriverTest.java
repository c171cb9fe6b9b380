package io.jrunc.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.DeadlineException;
import io.jrunc.channel.Event;
import io.jrunc.channel.Hello;
import io.jrunc.channel.InitGoneException;
import io.jrunc.channel.Reply;
import io.jrunc.error.HostException;
import io.jrunc.error.StepException;
import io.jrunc.os.Fd;
import io.jrunc.os.SocketCalls;
import io.jrunc.plan.EndStep;
import io.jrunc.plan.EngineStep;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.NamespaceStep;
import io.jrunc.plan.Op;
import io.jrunc.plan.Party;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.ProcessStep;
import io.jrunc.plan.Step;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which batches are answered, and what is known from which answer; the shim is played frame by frame, as docs/protocol.md has them. */
class PlanDriverTest
{
    private static final int HELLO = 1;
    private static final int BATCH = 3;
    private static final int REPLY = 4;
    private static final int FAIL = 5;
    private static final int EVENT = 6;
    private static final int QUIET = 11;
    private static final int LAUNCHER = 1;
    private static final int INIT = 2;
    private static final int INIT_EXIT = 1;
    private static final int EXECED = 2;
    private static final int INIT_LOST = 3;
    private static final int SIGNAL = 4;
    private static final int EIO = 5;
    private static final int ECANCELED = 125;

    private record Batch(int type, int party, int number, int steps) {}

    private final List<Op> answered = new ArrayList<>();
    private Fd shim;
    private Channel channel;
    private PlanDriver driver;

    @BeforeEach
    void open()
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        shim = pair[1];
        send(HELLO, 0, 0, new Hello("", List.of("jrunc"), List.of(), "/", 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0).payload());
        channel = Channel.over(pair[0], Duration.ofSeconds(20));
        driver = new PlanDriver(channel, new Told(), new Silent());
    }

    @AfterEach
    void close()
    {
        channel.close();
        shim.close();
    }

    private final class Told implements PlanDriver.Work
    {
        @Override
        public void carryOut(EngineStep step, PlannedWork origin)
        {
            throw new AssertionError(step);
        }

        @Override
        public void answered(Step step, Reply reply, int index)
        {
            answered.add(step.op());
        }

        @Override
        public void signalled(int signal)
        {
            throw new AssertionError(signal);
        }

        @Override
        public StepException explain(StepException raw, PlannedStep origin)
        {
            return raw.explained("failed: " + origin.why(), raw.diagnosis());
        }

        @Override
        public HostException late(Party party, List<PlannedStep> steps, Duration patience, DeadlineException cause)
        {
            return new HostException("late: " + steps.stream().map(step -> step.step().op().wireName()).toList() + ", " + patience.toSeconds() + " s", cause);
        }
    }

    private static final class Silent implements Notices
    {
        @Override
        public void warn(String message)
        {
        }

        @Override
        public void debug(String message)
        {
        }

        @Override
        public boolean debugging()
        {
            return false;
        }
    }

    private void add(Step step)
    {
        driver.add(new PlannedStep(step, step.op().wireName(), Optional.empty()));
    }

    private void send(int type, int party, int number, byte[] payload)
    {
        ByteBuffer frame = ByteBuffer.allocate(16 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        frame.put((byte) 1).put((byte) type).put((byte) party).put((byte) 0).putInt(number).putInt(payload.length).putInt(0).put(payload);
        SocketCalls.send(shim, frame.array(), List.of());
    }

    private Batch next()
    {
        var packet = SocketCalls.receive(shim, 65536);
        packet.descriptors().forEach(Fd::close);
        ByteBuffer frame = ByteBuffer.wrap(packet.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        return new Batch(frame.get(1), frame.get(2), frame.getInt(4), frame.getInt(16));
    }

    private static byte[] numbers(int... values)
    {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    private void done(Batch batch)
    {
        send(REPLY, batch.party(), batch.number(), numbers(batch.steps()));
    }

    private void failed(Batch batch, Op op, int index, int errno)
    {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(numbers(index, op.number(), errno, 0));
        for (String text : List.of("check", "object", "")) {
            payload.writeBytes(numbers(text.length()));
            payload.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            payload.write(0);
        }
        payload.writeBytes(numbers(index));
        send(FAIL, batch.party(), batch.number(), payload.toByteArray());
    }

    /** Of the init: sent while others follow. */
    private Batch quiet(Step... steps)
    {
        for (Step step : steps) {
            add(step);
        }
        driver.dispatch();
        Batch sent = next();
        assertThat(sent.type()).isEqualTo(QUIET);
        assertThat(sent.steps()).isEqualTo(steps.length);
        return sent;
    }

    @Test
    void onlyWhatBringsNothingIsSentQuietly()
    {
        quiet(new NamespaceStep.Setsid(), new ProcessStep.Hostname("name"));
        for (Step bringing : List.of(new NamespaceStep.Fork(0), new ProcessStep.ReadFile("/etc/passwd", 100), new LauncherStep.Chdir("/"))) {
            add(bringing);
            driver.dispatch();
            assertThat(next().type()).as("%s", bringing).isEqualTo(BATCH);
        }
    }

    @Test
    void theNextAnswerOfTheSamePartyTellsThatItIsDone()
    {
        quiet(new NamespaceStep.Setsid());
        add(new LauncherStep.Chdir("/"));
        driver.flush();
        Batch launcher = next();
        assertThat(launcher.party()).isEqualTo(LAUNCHER);
        add(new ProcessStep.Hostname("name"));
        driver.flush();
        done(launcher);
        done(next());
        driver.settleThrough(Op.SETSID);
        assertThat(answered).as("what tells nothing has told nothing").containsExactly(Op.CHDIR, Op.HOSTNAME);
        driver.settle();
    }

    @Test
    void whereNoneFollowsTheInitIsAskedWhetherItIsDone() throws InterruptedException
    {
        quiet(new NamespaceStep.Setsid());
        Thread init = Thread.ofPlatform().start(() -> {
            Batch asked = next();
            assertThat(asked).isEqualTo(new Batch(BATCH, INIT, asked.number(), 0));
            done(asked);
        });
        driver.settle();
        init.join();
        // Nothing is left to be waited for.
        driver.settle();
        driver.settleThrough(Op.SETSID);
    }

    @Test
    void itsFailureIsToldInsteadOfWhatComesOfIt()
    {
        Batch quiet = quiet(new NamespaceStep.Setsid(), new ProcessStep.Hostname("name"));
        add(new ProcessStep.LoopbackUp());
        driver.flush();
        failed(quiet, Op.HOSTNAME, 1, EIO);
        failed(next(), Op.LOOPBACK_UP, 0, ECANCELED);
        assertThatThrownBy(driver::settle).isInstanceOf(StepException.class).hasMessageContaining("failed: hostname");
    }

    @Test
    void itsFailureIsToldWhereTheNextOneIsDone() throws InterruptedException
    {
        Batch quiet = quiet(new NamespaceStep.Setsid());
        add(new LauncherStep.Chdir("/"));
        driver.flush();
        done(next());
        failed(quiet, Op.SETSID, 0, EIO);
        Thread init = Thread.ofPlatform().start(() -> done(next()));
        assertThatThrownBy(driver::settle).isInstanceOf(StepException.class).hasMessageContaining("failed: setsid");
        init.join();
        assertThat(answered).containsExactly(Op.CHDIR);
    }

    @Test
    void itsFailureIsToldOfAnInitThatEndsAfterIt()
    {
        Batch quiet = quiet(new NamespaceStep.Setsid());
        add(new ProcessStep.LoopbackUp());
        driver.flush();
        failed(quiet, Op.SETSID, 0, EIO);
        // INIT_EXIT, killed.
        send(EVENT, LAUNCHER, 0, numbers(1, 9, 0));
        assertThatThrownBy(driver::settle).isInstanceOf(StepException.class).hasMessageContaining("failed: setsid");
    }

    @Test
    void anInitThatEndsWithoutAWordIsGone()
    {
        quiet(new NamespaceStep.Setsid());
        add(new ProcessStep.LoopbackUp());
        driver.flush();
        send(EVENT, LAUNCHER, 0, numbers(1, 9, 0));
        assertThatThrownBy(driver::settle).isInstanceOf(InitGoneException.class);
    }

    private static final Step[] LAST = {new EndStep.Announce(), new EndStep.Exec("", List.of("sh"), List.of())};

    private void addLast(Step... before)
    {
        for (Step step : before) {
            add(step);
        }
        for (Step step : LAST) {
            add(step);
        }
    }

    private Event nextEvent()
    {
        return driver.nextEvent(Deadline.after(Duration.ofSeconds(20)), Duration.ofSeconds(20));
    }

    private void event(int kind, int value)
    {
        send(EVENT, LAUNCHER, 0, numbers(kind, value, 0));
    }

    @Test
    void theBatchOfAnExecIsAnsweredByTheExec()
    {
        quiet(new NamespaceStep.Setsid());
        addLast();
        driver.depart();
        assertThat(next()).extracting(Batch::type, Batch::party, Batch::steps).containsExactly(QUIET, INIT, 2);
        event(EXECED, 0);
        assertThat(nextEvent()).isEqualTo(new Event.Execed());
        driver.departed();
        // Nothing is left to be waited for, and nobody is asked.
        driver.settle();
        driver.settleThrough(Op.EXEC);
        assertThat(answered).isEmpty();
    }

    @Test
    void whatIsAnsweredBeforeItIsWaitedFor() throws InterruptedException
    {
        add(new ProcessStep.ReadFile("/etc/passwd", 100));
        driver.dispatch();
        Batch read = next();
        add(new LauncherStep.Chdir("/"));
        addLast();
        Thread launcher = Thread.ofPlatform().start(() -> {
            done(read);
            done(next());
            next();
            event(EXECED, 0);
        });
        driver.depart();
        assertThat(answered).containsExactly(Op.READ_FILE, Op.CHDIR);
        assertThat(nextEvent()).isEqualTo(new Event.Execed());
        launcher.join();
    }

    @Test
    void oneWithResultsBeforeItsAnnouncementIsAnswered() throws InterruptedException
    {
        addLast(new ProcessStep.Ambient(1));
        Thread init = Thread.ofPlatform().start(() -> {
            Batch last = next();
            assertThat(last.type()).isEqualTo(BATCH);
            done(last);
        });
        driver.depart();
        init.join();
        assertThat(answered).containsExactly(Op.AMBIENT, Op.ANNOUNCE, Op.EXEC);
    }

    @Test
    void resultsAfterItsAnnouncementWouldReachNobody()
    {
        add(LAST[0]);
        add(new ProcessStep.Seccomp(new byte[8], 0));
        add(LAST[1]);
        driver.depart();
        assertThat(next()).extracting(Batch::type, Batch::steps).containsExactly(QUIET, 3);
    }

    @Test
    void aFailureBeforeTheExecIsToldWhileItIsWaitedFor()
    {
        Batch quiet = quiet(new NamespaceStep.Setsid());
        addLast();
        driver.depart();
        failed(quiet, Op.SETSID, 0, EIO);
        failed(next(), Op.ANNOUNCE, 0, ECANCELED);
        assertThatThrownBy(this::nextEvent).isInstanceOf(StepException.class).hasMessageContaining("failed: setsid");
    }

    @Test
    void aFailureIsToldBeforeTheEndThatFollows()
    {
        addLast(new ProcessStep.Hostname("name"));
        driver.depart();
        failed(next(), Op.HOSTNAME, 0, EIO);
        event(INIT_EXIT, 9);
        assertThatThrownBy(this::nextEvent).isInstanceOf(StepException.class).hasMessageContaining("failed: hostname");
    }

    @Test
    void anEndWithoutAWordIsAnEvent()
    {
        addLast();
        driver.depart();
        event(INIT_LOST, 0);
        event(INIT_EXIT, 9);
        assertThat(nextEvent()).isEqualTo(new Event.InitLost());
        assertThat(nextEvent()).isEqualTo(new Event.InitExit(9));
    }

    @Test
    void signalsComeInTheirOrder()
    {
        addLast();
        driver.depart();
        event(SIGNAL, 15);
        event(EXECED, 0);
        assertThat(nextEvent()).isEqualTo(new Event.Signal(15));
        assertThat(nextEvent()).isEqualTo(new Event.Execed());
    }

    @Test
    void whoDoesNotExecInTimeIsTold()
    {
        quiet(new NamespaceStep.Setsid());
        addLast();
        assertThat(driver.depart()).as("each quiet batch has a wait of its own").isEqualTo(Deadlines.EXEC.plus(Deadlines.STEP));
        assertThatThrownBy(() -> driver.nextEvent(Deadline.after(Duration.ofMillis(1)), Duration.ofSeconds(7))).isInstanceOf(HostException.class)
                .hasMessage("late: [setsid, announce, exec], 7 s");
    }

    @Test
    void descriptorsAreClosedBeforeAWaitAndWhenAllIsGivenUp()
    {
        for (boolean wait : new boolean[] {true, false}) {
            Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
            try (Fd other = pair[1]) {
                driver.attach(0, pair[0]);
                add(new NamespaceStep.Setns(0, 0));
                driver.depart();
                Batch sent = next();
                if (wait) {
                    failed(sent, Op.SETNS, 0, EIO);
                    assertThatThrownBy(this::nextEvent).isInstanceOf(StepException.class);
                }
                else {
                    driver.abandon();
                }
                assertThat(pair[0].isOpen()).isFalse();
            }
        }
    }
}
