package io.jrunc.lifecycle;

import io.jrunc.hooks.HookOutcome;
import io.jrunc.hooks.HookState;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.RootfsStep;
import io.jrunc.spec.Hook;
import io.jrunc.spec.HookKind;
import io.jrunc.spec.Hooks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The hooks of one container, as steps for the launcher or for the init.
 *
 * @param processEnvironment what startContainer hooks get that bring none of their own
 */
record HookRunner(Hooks hooks, HookState state)
{
    private static final int SIGKILL = 9;

    List<Hook> of(HookKind kind)
    {
        return switch (kind) {
            case PRESTART -> hooks.prestart();
            case CREATE_RUNTIME -> hooks.createRuntime();
            case CREATE_CONTAINER -> hooks.createContainer();
            case START_CONTAINER -> hooks.startContainer();
            case POSTSTART -> hooks.poststart();
            case POSTSTOP -> hooks.poststop();
        };
    }

    static Duration limit(Hook hook)
    {
        return hook.timeout().orElse(HookOutcome.DEFAULT_TIMEOUT);
    }

    /** A hook of the runtime's namespaces: without an environment of its own it gets the caller's. */
    LauncherStep.Spawn outside(HookKind kind, Hook hook, OptionalInt pid)
    {
        return new LauncherStep.Spawn(hook.path(), arguments(hook), hook.env().isEmpty(), hook.env().orElse(List.of()),
                state.json(kind, pid), limit(hook).toMillis(), HookOutcome.OUTPUT_LIMIT, SIGKILL);
    }

    /** A hook of the container's namespaces. */
    RootfsStep.Hook inside(HookKind kind, Hook hook, OptionalInt pid, List<String> processEnvironment)
    {
        List<String> environment = hook.env().orElse(kind == HookKind.START_CONTAINER ? processEnvironment : List.of());
        return new RootfsStep.Hook(hook.path(), arguments(hook), false, environment,
                state.json(kind, pid), limit(hook).toMillis(), HookOutcome.OUTPUT_LIMIT, SIGKILL);
    }

    private static List<String> arguments(Hook hook)
    {
        return hook.args().filter(args -> !args.isEmpty()).orElse(List.of(hook.path()));
    }
}
