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

    static Reply of(PayloadReader in, int[] indexes, List<Fd> fds)
    {
        Reply reply = new Reply();
        in.u32();
        while (!in.atEnd()) {
            int index = in.u32();
            reply.results.put(index, in.part(in.u32()));
        }
        for (int n = 0; n < indexes.length; n++) {
            reply.descriptors.put(indexes[n], fds.get(n));
        }
        return reply;
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
