package io.jrunc.plan;

import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * A stretch of a plan with one purpose.
 *
 * @param name one or two words, for traces and errors
 * @param reason why it stands where it stands
 */
public record Phase(String name, String reason, List<Action> actions)
{
    public Phase
    {
        requireNonNull(name);
        requireNonNull(reason);
        actions = List.copyOf(actions);
    }
}
