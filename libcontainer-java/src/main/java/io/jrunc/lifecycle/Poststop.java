package io.jrunc.lifecycle;

import io.jrunc.spec.Hook;
import io.jrunc.spec.HookKind;

import java.util.List;
import java.util.OptionalInt;

/** Hooks that run when nothing of the container is left. A failed one is a warning, and the next one runs all the same. */
final class Poststop
{
    private Poststop() {}

    static void run(Session session, HookRunner hooks)
    {
        List<Hook> list = hooks.of(HookKind.POSTSTOP);
        for (int i = 0; i < list.size(); i++) {
            Outside.run(session, hooks, HookKind.POSTSTOP, list.get(i), i, OptionalInt.empty()).ifPresent(session.notices()::warn);
        }
    }
}
