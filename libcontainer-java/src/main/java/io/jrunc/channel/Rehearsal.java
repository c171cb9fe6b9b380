package io.jrunc.channel;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.ProcessCalls;
import io.jrunc.os.SocketCalls;
import io.jrunc.plan.Op;
import io.jrunc.plan.Phase;
import io.jrunc.plan.Plan;
import io.jrunc.plan.PlannedStep;
import io.jrunc.plan.Step;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A launcher that does nothing, in a thread of our own: says hello and answers every step with success and empty results. What it
 * "clones" is a sleeping process of the host, in no namespace of its own, that is killed where a program would have run. For the
 * training run behind the AOT cache, which must go through the code of real commands.
 */
public final class Rehearsal
{
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int EXITED = 1;
    private static final int EXECED = 2;

    private final Fd socket;
    private Optional<Process> init = Optional.empty();

    private Rehearsal(Fd socket)
    {
        this.socket = socket;
    }

    /** A channel to such a launcher; its thread ends when the channel is closed. */
    public static Channel open(Hello hello)
    {
        Fd[] pair = SocketCalls.pair(SocketCalls.SOCK_SEQPACKET);
        Frame.send(pair[1], Frame.HELLO, 0, 0, List.of(), hello.payload());
        Thread.ofPlatform().daemon().start(new Rehearsal(pair[1])::play);
        return Channel.over(pair[0], PATIENCE);
    }

    /** Writes the steps of a plan as frames would carry them, and sends them to nobody. */
    public static void encode(Plan plan)
    {
        for (Phase phase : plan.preparation()) {
            List<Step> steps = phase.actions().stream().filter(PlannedStep.class::isInstance).map(action -> ((PlannedStep) action).step()).toList();
            new PayloadWriter().batch(steps);
        }
    }

    private void play()
    {
        try (socket) {
            for (Optional<Frame> frame = Frame.receive(socket); frame.isPresent(); frame = Frame.receive(socket)) {
                frame.get().descriptors().forEach(Fd::close);
                if ((frame.get().type() == Frame.BATCH || frame.get().type() == Frame.QUIET) && answer(frame.get())) {
                    return;
                }
            }
        }
        catch (ErrnoException | ChannelClosedException e) {
            // The engine has left: so do we.
        }
    }

    /** @return true = that was the last one */
    private boolean answer(Frame batch)
    {
        ByteBuffer in = ByteBuffer.wrap(batch.payload()).order(ByteOrder.LITTLE_ENDIAN);
        int count = in.getInt();
        PayloadWriter out = new PayloadWriter().u32(count);
        List<SlotFd> descriptors = new ArrayList<>();
        boolean executed = false;
        boolean over = false;
        for (int index = 0; index < count; index++) {
            int number = in.getShort();
            in.getShort();
            byte[] content = new byte[in.getInt()];
            in.get(content);
            Op op = Arrays.stream(Op.values()).filter(each -> each.number() == number).findFirst().orElseThrow();
            switch (op) {
                case CLONE -> {
                    Process process = sleeper();
                    descriptors.add(new SlotFd(index, ProcessCalls.open((int) process.pid())));
                    out.u32(index).b(new PayloadWriter().i(process.pid()).bytes());
                }
                case FORK -> forked();
                case EXEC -> executed = true;
                case KILL -> init.ifPresent(Process::destroyForcibly);
                case EXIT -> over = true;
                // For who looks for what a rehearsal failed at.
                case WRITE -> System.out.print(new String(content, 2 * Integer.BYTES, content.length - 2 * Integer.BYTES, StandardCharsets.UTF_8));
                default -> {
                    if (!op.results().isEmpty()) {
                        out.u32(index).b(empty(op.results()));
                    }
                }
            }
        }
        if (batch.type() == Frame.BATCH) {
            Frame.send(socket, Frame.REPLY, batch.party(), batch.sequence(), descriptors, out.bytes());
        }
        descriptors.forEach(each -> each.fd().close());
        if (executed && init.isPresent() && !waits(batch)) {
            event(EXECED);
            init.get().destroyForcibly().onExit().join();
        }
        return over;
    }

    /** A created container's last batch is held back by its first step. */
    private static boolean waits(Frame batch)
    {
        return ByteBuffer.wrap(batch.payload()).order(ByteOrder.LITTLE_ENDIAN).getShort(4) == Op.WAIT_START.number();
    }

    private Process sleeper()
    {
        try {
            Process process = new ProcessBuilder("sleep", "60").start();
            init = Optional.of(process);
            process.onExit().thenRun(this::exited);
            return process;
        }
        catch (IOException e) {
            throw new ChannelClosedException("nothing to rehearse with: " + e.getMessage());
        }
    }

    /** As a launcher sees to it: whoever ends it. */
    private void exited()
    {
        try {
            event(EXITED);
        }
        catch (RuntimeException e) {
            // The command was over before: nobody wants to know.
        }
    }

    private void forked()
    {
        int pid = (int) init.orElseThrow(() -> new ChannelClosedException("a fork before a clone")).pid();
        try (Fd process = ProcessCalls.open(pid)) {
            Frame.send(socket, Frame.FORKED, 0, 0, List.of(new SlotFd(0, process)), new PayloadWriter().i(pid).bytes());
        }
    }

    private void event(int kind)
    {
        Frame.send(socket, Frame.EVENT, 0, 0, List.of(), new PayloadWriter().u32(kind).i(0).bytes());
    }

    private static byte[] empty(String letters)
    {
        PayloadWriter out = new PayloadWriter();
        for (char letter : letters.toCharArray()) {
            switch (letter) {
                case 'i' -> out.i(0);
                case 's' -> out.s("");
                case 'b' -> out.b(new byte[0]);
                case 'l' -> out.l(List.of());
                default -> throw new IllegalArgumentException(letters);
            }
        }
        return out.bytes();
    }
}
