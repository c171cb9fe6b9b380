package io.jrunc.plan;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/** Work of the engine in its place among the steps. */
public record PlannedWork(EngineStep step, String why, Optional<String> jsonPath) implements Action
{
    public PlannedWork
    {
        requireNonNull(step);
        requireNonNull(why);
        requireNonNull(jsonPath);
    }
}
