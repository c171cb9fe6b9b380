package io.jrunc.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.channel.Channel;
import io.jrunc.channel.DeadlineException;
import io.jrunc.channel.Hello;
import io.jrunc.channel.InitGoneException;
import io.jrunc.channel.Reply;
import io.jrunc.error.HostException;
import io.jrunc.error.StepException;
import io.jrunc.os.Fd;
import io.jrunc.os.SocketCalls;
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
            throw new AssertionError(cause);
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
        ByteBuffer frame = ByteBuffer.wrap(SocketCalls.receive(shim, 65536).bytes()).order(ByteOrder.LITTLE_ENDIAN);
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
    void itsFailureIsToldWhereTheNextOneIsDone()
    {
        Batch quiet = quiet(new NamespaceStep.Setsid());
        add(new LauncherStep.Chdir("/"));
        driver.flush();
        done(next());
        failed(quiet, Op.SETSID, 0, EIO);
        Thread init = Thread.ofPlatform().start(() -> done(next()));
        assertThatThrownBy(driver::settle).isInstanceOf(StepException.class).hasMessageContaining("failed: setsid");
        assertThat(init.isAlive()).isFalse();
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
}
