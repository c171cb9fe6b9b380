package io.jrunc.channel;

import io.jrunc.os.Fd;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The results of a batch, by the index of the step in it. */
public final class Reply
{
    private final Map<Integer, PayloadReader> results = new HashMap<>();
    private final Map<Integer, Fd> descriptors = new HashMap<>();

    private Reply() {}

    /**
     * @param steps how many the batch had
     * @param indexes for each descriptor its step
     * @throws ChannelClosedException when it tells of steps that the batch did not have, or of one twice: nobody would take a
     *         descriptor of those, so it would stay open. The descriptors stay the caller's then
     */
    static Reply of(PayloadReader in, int steps, int[] indexes, List<Fd> fds)
    {
        Reply reply = new Reply();
        in.u32();
        while (!in.atEnd()) {
            int index = in.u32();
            add(reply.results, index, in.part(in.u32()), steps);
        }
        for (int n = 0; n < indexes.length; n++) {
            add(reply.descriptors, indexes[n], fds.get(n), steps);
        }
        return reply;
    }

    private static <T> void add(Map<Integer, T> all, int index, T value, int steps)
    {
        if (index < 0 || index >= steps || all.putIfAbsent(index, value) != null) {
            throw new ChannelClosedException("the launcher answered for step " + index + " of " + steps + " as nobody asked");
        }
    }

    /** The results of a step, read in the order of {@link io.jrunc.plan.Op#results()}; empty when it gave none. */
    public Optional<PayloadReader> results(int index)
    {
        return Optional.ofNullable(results.get(index));
    }

    /** The descriptor that a step returned; the caller closes it. */
    public Optional<Fd> descriptor(int index)
    {
        return Optional.ofNullable(descriptors.get(index));
    }
}
