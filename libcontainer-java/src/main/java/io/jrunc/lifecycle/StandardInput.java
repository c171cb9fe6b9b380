package io.jrunc.lifecycle;

import io.jrunc.channel.Deadline;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.spec.JsonTree;

import java.util.List;

/** The caller's standard input, which only the launcher has. */
final class StandardInput
{
    /** One byte more than may be: who parses it will say so. */
    private static final int LIMIT = JsonTree.MAX_BYTES + 1;

    private StandardInput() {}

    static byte[] read(Session session)
    {
        return session.channel().call(Party.LAUNCHER, List.of(new LauncherStep.Read(LIMIT)), List.of(), Deadline.never()).results(0).orElseThrow().b();
    }
}
