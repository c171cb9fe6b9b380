package io.jrunc.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jrunc.error.Errno;
import io.jrunc.error.StepException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.OpenDescriptors;
import io.jrunc.os.SocketCalls;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.NamespaceStep;
import io.jrunc.plan.Op;
import io.jrunc.plan.Party;
import io.jrunc.plan.Step;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The other end is played by the test itself: a socket keeps what is sent until it is read, so no second thread is needed. */
class ChannelTest
{
    private static final int SIGTERM = 15;

    private final Fd shim;
    private final Channel channel;

    ChannelTest()
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        shim = pair[1];
        Frame.send(shim, Frame.HELLO, 0, 0, List.of(), PayloadTest.hello().payload());
        channel = Channel.over(pair[0], Duration.ofSeconds(20));
    }

    @AfterEach
    void close()
    {
        channel.close();
        shim.close();
    }

    private static Deadline soon()
    {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static Deadline now()
    {
        return Deadline.after(Duration.ZERO);
    }

    private void reply(long number, PayloadWriter results, SlotFd... descriptors)
    {
        Frame.send(shim, Frame.REPLY, 1, (int) number, List.of(descriptors), results.bytes());
    }

    private void event(int kind, long value)
    {
        Frame.send(shim, Frame.EVENT, 1, 0, List.of(), new PayloadWriter().u32(kind).i(value).bytes());
    }

    private static final List<Step> CLONE = List.of(new LauncherStep.Subreaper(), new LauncherStep.Clone(0, false, -1, 0, 0));

    @Test
    void whoIsTurnedAwayIsToldSoWhateverItSaid() throws Exception
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        try (Fd stranger = pair[1]) {
            int before = OpenDescriptors.count();
            Frame.send(stranger, Frame.HELLO, 0, 0, List.of(new SlotFd(0, stranger)), new byte[Frame.INLINE + 1]);
            Channel.turnAway(pair[0], Duration.ofSeconds(20), "no");
            Frame answer = Frame.receive(stranger).orElseThrow();
            assertThat(answer.type()).isEqualTo(Frame.REFUSE);
            assertThat(new PayloadReader(answer.payload()).s()).isEqualTo("no");
            assertThat(pair[0].isOpen()).isFalse();
            assertThat(OpenDescriptors.count()).isLessThan(before);
        }
    }

    @Test
    void theHelloIsReadFirst()
    {
        assertThat(channel.hello()).isEqualTo(PayloadTest.hello());
    }

    @Test
    void ofABatchThatNobodyWaitsForOnlyItsFailureIsHeard()
    {
        long quiet = channel.postQuietly(Party.INIT, CLONE, List.of());
        Frame sent = Frame.receive(shim).orElseThrow();
        assertThat(sent.type()).isEqualTo(Frame.QUIET);
        assertThat(sent.sequence()).isEqualTo((int) quiet);
        long next = channel.post(Party.INIT, List.of(), List.of());
        Frame.receive(shim).orElseThrow();
        Frame.send(shim, Frame.FAIL, 2, (int) quiet, List.of(), new PayloadWriter().u32(1).u32(17).i(1).s("clone3").s("").s("").u32(0).bytes());
        Frame.send(shim, Frame.REPLY, 2, (int) next, List.of(), new PayloadWriter().u32(0).bytes());
        channel.await(next, Deadline.after(Duration.ofSeconds(20)));
        assertThat(channel.failure(quiet)).hasValueSatisfying(e -> assertThat(e.index()).isEqualTo(1));
        assertThat(channel.failure(quiet)).as("told once").isEmpty();
        assertThat(channel.failure(next)).as("done").isEmpty();
    }

    @Test
    void whoSaysSomethingElseFirstIsNoLauncher()
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        try (Fd other = pair[1]) {
            Frame.send(other, Frame.REPLY, 1, 1, List.of(), new byte[0]);
            assertThatThrownBy(() -> Channel.over(pair[0], Duration.ofSeconds(20))).isInstanceOf(ChannelClosedException.class).hasMessage("a client did not say hello");
            assertThat(pair[0].isOpen()).isFalse();
        }
    }

    @Test
    void aSilentClientIsGivenUp()
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        try (Fd other = pair[1]) {
            assertThatThrownBy(() -> Channel.over(pair[0], Duration.ZERO)).isInstanceOf(ChannelClosedException.class).hasMessageStartingWith("a client said nothing for ");
            assertThat(pair[0].isOpen()).isFalse();
        }
    }

    @Test
    void resultsAreFoundUnderTheIndexOfTheirStep()
    {
        reply(1, new PayloadWriter().u32(2).u32(1).u32(8).i(4711), new SlotFd(1, shim));
        Reply reply = channel.call(Party.LAUNCHER, CLONE, List.of(), soon());
        assertThat(reply.results(0)).isEmpty();
        assertThat(reply.results(1).orElseThrow().i()).isEqualTo(4711);
        assertThat(reply.descriptor(0)).isEmpty();
        try (Fd process = reply.descriptor(1).orElseThrow()) {
            assertThat(FileCalls.stat(process).sameAs(FileCalls.stat(shim))).isTrue();
        }
    }

    /** The descriptors of such an answer would be taken by nobody. */
    @Test
    void whatNobodyAskedForEndsTheConversation()
    {
        int before = OpenDescriptors.count();
        reply(1, new PayloadWriter().u32(2).u32(2).u32(8).i(4711));
        assertThatThrownBy(() -> channel.call(Party.LAUNCHER, CLONE, List.of(), soon())).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher answered for step 2 of 2 as nobody asked");
        reply(2, new PayloadWriter().u32(2), new SlotFd(1, shim), new SlotFd(1, shim));
        assertThatThrownBy(() -> channel.call(Party.LAUNCHER, CLONE, List.of(), soon())).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher answered for step 1 of 2 as nobody asked");
        reply(3, new PayloadWriter().u32(2), new SlotFd(9, shim));
        assertThatThrownBy(() -> channel.call(Party.LAUNCHER, CLONE, List.of(), soon())).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher answered for step 9 of 2 as nobody asked");
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    @Test
    void aFailedStepComesWithAllThatTheShimKnows()
    {
        byte[] failure = new PayloadWriter().u32(1).u32(Op.CLONE.number()).i(Errno.EPERM).s("clone3").s("user").s("limit reached").u32(1).bytes();
        Frame.send(shim, Frame.FAIL, 1, 1, List.of(), failure);
        assertThatThrownBy(() -> channel.call(Party.LAUNCHER, CLONE, List.of(), soon())).isInstanceOfSatisfying(StepException.class, e -> {
            assertThat(e).hasMessage("clone3 user: operation not permitted (limit reached)");
            assertThat(e.step()).isEqualTo("clone");
            assertThat(e.index()).isEqualTo(1);
            assertThat(e.errno()).isEqualTo(Errno.EPERM);
        });
    }

    @Test
    void batchesMaySendAheadAndAnswersAreAwaitedInAnyOrder()
    {
        long first = channel.post(Party.LAUNCHER, CLONE, List.of());
        long second = channel.post(Party.LAUNCHER, CLONE, List.of());
        reply(first, new PayloadWriter().u32(2).u32(1).u32(8).i(1));
        reply(second, new PayloadWriter().u32(2).u32(1).u32(8).i(2));
        assertThat(channel.await(second, soon()).results(1).orElseThrow().i()).isEqualTo(2);
        assertThat(channel.await(first, soon()).results(1).orElseThrow().i()).isEqualTo(1);
    }

    @Test
    void eventsThatComeBetweenAreKeptInOrder()
    {
        event(4, SIGTERM);
        event(2, 0);
        reply(1, new PayloadWriter().u32(1));
        channel.call(Party.LAUNCHER, List.of(new LauncherStep.Subreaper()), List.of(), soon());
        assertThat(channel.nextEvent(Event.Execed.class, now())).isEqualTo(new Event.Execed());
        assertThat(channel.nextEvent(now())).isEqualTo(new Event.Signal(SIGTERM));
    }

    @Test
    void anInitThatEndsInsteadOfAnsweringIsReportedAndItsExitKept()
    {
        event(3, 0);
        event(1, 9);
        assertThatThrownBy(() -> channel.call(Party.INIT, List.of(new NamespaceStep.Setsid()), List.of(), soon()))
                .isInstanceOfSatisfying(InitGoneException.class, e -> assertThat(e.waitStatus()).hasValue(9));
        assertThat(channel.nextEvent(Event.InitExit.class, now())).isEqualTo(new Event.InitExit(9));
    }

    @Test
    void theEndOfTheInitDoesNotHinderTheLauncherToAnswer()
    {
        event(1, 9);
        reply(1, new PayloadWriter().u32(1));
        assertThat(channel.call(Party.LAUNCHER, List.of(new LauncherStep.Subreaper()), List.of(), soon()).results(0)).isEmpty();
    }

    @Test
    void anAnswerThatIsAlreadyThereIsNotLostToTheEndOfTheInit()
    {
        long number = channel.post(Party.INIT, List.of(new NamespaceStep.Setsid()), List.of());
        Frame.send(shim, Frame.REPLY, 2, (int) number, List.of(), new PayloadWriter().u32(1).bytes());
        event(1, 0);
        assertThat(channel.await(number, soon()).results(0)).isEmpty();
    }

    @Test
    void theDescriptorOfAForkedInitIsHandedOver()
    {
        Frame.send(shim, Frame.FORKED, 2, 0, List.of(new SlotFd(0, shim)), new PayloadWriter().i(77).bytes());
        Event.Forked forked = channel.nextEvent(Event.Forked.class, soon());
        assertThat(forked.pid()).isEqualTo(77);
        forked.process().close();
    }

    @Test
    void aForkWithoutDescriptorBreaksTheProtocol()
    {
        Frame.send(shim, Frame.FORKED, 2, 0, List.of(), new PayloadWriter().i(77).bytes());
        assertThatThrownBy(() -> channel.nextEvent(soon())).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher told of a fork with 0 descriptors");
    }

    @Test
    void aWaitEndsAtItsDeadline()
    {
        assertThatThrownBy(() -> channel.call(Party.INIT, List.of(new NamespaceStep.Setsid()), List.of(), now()))
                .isInstanceOf(DeadlineException.class).hasMessage("timed out waiting for an answer of the init");
        assertThatThrownBy(() -> channel.nextEvent(now())).isInstanceOf(DeadlineException.class).hasMessage("timed out waiting for an event");
    }

    @Test
    void aLauncherThatLeavesIsNoticedByReadersAndWriters()
    {
        assertThat(channel.lost()).isFalse();
        shim.close();
        assertThat(channel.lost()).isTrue();
        assertThatThrownBy(() -> channel.nextEvent(soon())).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher has gone");
        assertThatThrownBy(() -> channel.post(Party.LAUNCHER, CLONE, List.of())).isInstanceOf(ChannelClosedException.class).hasMessage("the launcher has gone");
    }

    @Test
    void hangingUpEndsAWaitThatHasNoDeadline()
            throws Exception
    {
        Thread other = Thread.ofPlatform().start(channel::hangUp);
        assertThatThrownBy(() -> channel.nextEvent(Deadline.never())).isInstanceOf(ChannelClosedException.class);
        other.join();
    }

    @Test
    void moreDescriptorsThanOneFrameCarriesGoAheadOfTheirSteps()
    {
        List<SlotFd> many = IntStream.range(0, 420).mapToObj(slot -> new SlotFd(64 + slot, shim)).toList();
        long number = channel.post(Party.INIT, List.of(new NamespaceStep.Setsid()), many);
        List<Integer> slots = new ArrayList<>();
        for (int carried : new int[] {200, 200, 20}) {
            Frame frame = Frame.receive(shim).orElseThrow();
            assertThat(frame.descriptors()).hasSize(carried);
            assertThat(frame.payload()[0]).as("steps").isEqualTo((byte) (carried == 20 ? 1 : 0));
            IntStream.of(frame.slots()).forEach(slots::add);
            frame.descriptors().forEach(Fd::close);
            reply(frame.sequence(), new PayloadWriter().u32(carried == 20 ? 1 : 0));
        }
        assertThat(slots).isEqualTo(many.stream().map(SlotFd::slot).toList());
        assertThat(channel.await(number, soon()).results(0)).isEmpty();
    }

    @Test
    void closingLeavesNoDescriptorBehind()
    {
        long before = OpenDescriptors.count();
        reply(1, new PayloadWriter().u32(0), new SlotFd(0, shim));
        Frame.send(shim, Frame.FORKED, 2, 0, List.of(new SlotFd(0, shim)), new PayloadWriter().i(77).bytes());
        event(2, 0);
        channel.nextEvent(Event.Execed.class, soon());
        assertThat(OpenDescriptors.count()).isEqualTo(before + 2);
        channel.close();
        assertThat(OpenDescriptors.count()).as("its socket is closed too").isEqualTo(before - 1);
    }

    @Test
    void aReportedFailureIsReadBehindTheAnnouncement()
    {
        Fd[] fifo = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        byte[] payload = new PayloadWriter().u32(2).u32(Op.EXEC.number()).i(Errno.ENOEXEC).s("execve").s("/bin/x").s("").u32(2).bytes();
        Frame.send(fifo[0], Frame.FAIL, 2, 1, List.of(), payload);
        byte[] packet = SocketCalls.receive(fifo[1], 1000).bytes();
        fifo[0].close();
        fifo[1].close();
        byte[] report = new byte[packet.length + 1];
        report[0] = '\n';
        System.arraycopy(packet, 0, report, 1, packet.length);
        assertThat(Channel.reported(report)).hasValueSatisfying(e -> assertThat(e).hasMessage("execve /bin/x: exec format error"));
        assertThat(Channel.reported(new byte[] {'\n'})).isEmpty();
        assertThat(Channel.reported(new byte[0])).isEmpty();
    }
}
