package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.Reply;
import io.jrunc.channel.SlotFd;
import io.jrunc.error.BugException;
import io.jrunc.host.HostProcess;
import io.jrunc.os.Fd;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.plan.Slots;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Descriptors that a caller asked to be sent: the launcher connects, as it stands where the caller stands. */
final class HandOver
{
    /** Where a descriptor lies in the launcher for the moment in which it is passed on. */
    private static final int PASSING_SLOT = 5;

    private HandOver() {}

    /** @param kind what the receiver is told: {@code standard} of a container's first process, {@code setns} of an added one */
    static void pidfd(Channel channel, Path socket, HostProcess process, String kind)
    {
        send(channel, socket.toString(), kind.getBytes(StandardCharsets.US_ASCII), process.descriptor());
    }

    /** A message with a descriptor to a listening stream socket. @return the connection, the caller's to close */
    static Fd connect(Channel channel, Path socket, byte[] message, Fd fd)
    {
        Reply reply = channel.call(Party.LAUNCHER, List.of(new LauncherStep.ConnectKeep(socket.toString(), message, PASSING_SLOT), new LauncherStep.Close(PASSING_SLOT)),
                List.of(new SlotFd(PASSING_SLOT, fd)), Deadline.after(Deadlines.STEP));
        return reply.descriptor(0).orElseThrow(() -> new BugException("a connection without a descriptor"));
    }

    /** A message alone. */
    static void send(Channel channel, String socket, byte[] message)
    {
        channel.call(Party.LAUNCHER, List.of(new LauncherStep.ConnectSend(socket, message, Slots.NONE)), List.of(), Deadline.after(Deadlines.STEP));
    }

    static void send(Channel channel, String socket, byte[] message, Fd fd)
    {
        channel.call(Party.LAUNCHER, List.of(new LauncherStep.ConnectSend(socket, message, PASSING_SLOT), new LauncherStep.Close(PASSING_SLOT)),
                List.of(new SlotFd(PASSING_SLOT, fd)), Deadline.after(Deadlines.STEP));
    }

    /** A descriptor of the caller's, by its number there; the launcher has it no more. @throws io.jrunc.error.StepException EBADF when it is not open */
    static Fd take(Channel channel, int number)
    {
        return channel.call(Party.LAUNCHER, List.of(new LauncherStep.Take(number)), List.of(), Deadline.after(Deadlines.STEP)).descriptor(0)
                .orElseThrow(() -> new BugException("a descriptor was taken and did not come"));
    }
}
