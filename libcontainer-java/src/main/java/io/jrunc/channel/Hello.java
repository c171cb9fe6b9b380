package io.jrunc.channel;

import java.util.List;

/**
 * What the launcher says first: who calls, with which words, from where.
 *
 * @param buildId of the launcher's installation
 * @param argv the words, program name first
 * @param environment {@code NAME=VALUE}
 * @param pid the launcher's, as it sees itself
 * @param terminals bit n: descriptor n (0 to 2) is a terminal
 * @param rows height of the first terminal of 2, 1, 0; 0 = none
 * @param open bit n: descriptor n was open when the launcher started
 * @param listenFds descriptors of socket activation from 3 up, 0 when they were meant for another process
 * @param startNanos monotonic clock when the launcher began
 */
public record Hello(String buildId, List<String> argv, List<String> environment, String cwd, int umask, int uid, int euid, int gid, int egid,
        int pid, int terminals, int rows, int columns, int open, int listenFds, long startNanos)
{
    public Hello
    {
        argv = List.copyOf(argv);
        environment = List.copyOf(environment);
    }

    static Hello parse(byte[] payload)
    {
        PayloadReader in = new PayloadReader(payload);
        long version = in.i();
        if (version != Frame.VERSION) {
            throw new ChannelClosedException("the launcher speaks protocol " + version);
        }
        return new Hello(in.s(), in.l(), in.l(), in.s(), (int) in.i(), (int) in.i(), (int) in.i(), (int) in.i(), (int) in.i(),
                (int) in.i(), (int) in.i(), (int) in.i(), (int) in.i(), (int) in.i(), (int) in.i(), in.i());
    }

    /** The frame's payload, for tests and the training run that play the launcher. */
    public byte[] payload()
    {
        return new PayloadWriter().i(Frame.VERSION).s(buildId).l(argv).l(environment).s(cwd).i(umask).i(uid).i(euid).i(gid).i(egid)
                .i(pid).i(terminals).i(rows).i(columns).i(open).i(listenFds).i(startNanos).bytes();
    }
}
