package io.jrunc.plan;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A step that the kernel may refuse for a reason that only it knows, and what is done then.
 *
 * @param first tried alone: everything before it is answered
 * @param errnos refusals that lead to {@code instead}; any other is a failure of {@code first}
 * @param instead carried out in its place; may hold a fallback of its own
 */
public record PlannedFallback(PlannedStep first, Set<Integer> errnos, List<Action> instead) implements Action
{
    public PlannedFallback
    {
        requireNonNull(first);
        errnos = Set.copyOf(errnos);
        instead = List.copyOf(instead);
    }

    @Override
    public String why()
    {
        return first.why();
    }

    @Override
    public Optional<String> jsonPath()
    {
        return first.jsonPath();
    }
}
