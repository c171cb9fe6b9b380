package io.jrunc.lifecycle;

import io.jrunc.channel.ChannelClosedException;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.DeadlineException;
import io.jrunc.channel.PayloadReader;
import io.jrunc.error.StepException;
import io.jrunc.hooks.HookOutcome;
import io.jrunc.plan.Party;
import io.jrunc.spec.Hook;
import io.jrunc.spec.HookKind;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Hooks of the runtime's namespaces that run apart from a plan: poststart of {@code start}, poststop. */
final class Outside
{
    private Outside() {}

    /** Runs one hook through the launcher; the sentence of its failure, empty when it succeeded. */
    static Optional<String> run(Session session, HookRunner hooks, HookKind kind, Hook hook, int index, OptionalInt pid)
    {
        try {
            PayloadReader results = session.channel().call(Party.LAUNCHER, List.of(hooks.outside(kind, hook, pid)), List.of(),
                    Deadline.after(Deadlines.STEP.plus(HookRunner.limit(hook)))).results(0).orElseThrow();
            HookOutcome outcome = new HookOutcome((int) results.i(), results.i() != 0, results.b(), results.b());
            return outcome.failure(kind, index, HookRunner.limit(hook));
        }
        catch (StepException | DeadlineException | ChannelClosedException e) {
            return Optional.of("error running " + kind.word() + " hook #" + index + ": " + e.getMessage() + ", stdout: , stderr: ");
        }
    }

    /** Runs all hooks of a kind that must succeed; the first failure ends it. */
    static Optional<String> runAll(Session session, HookRunner hooks, HookKind kind, OptionalInt pid)
    {
        List<Hook> list = hooks.of(kind);
        for (int i = 0; i < list.size(); i++) {
            Optional<String> failure = run(session, hooks, kind, list.get(i), i, pid);
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }
}
