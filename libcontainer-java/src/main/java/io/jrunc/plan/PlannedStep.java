package io.jrunc.plan;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/** A step of the shim in its place. Consecutive steps of one party travel as one batch. */
public record PlannedStep(Step step, String why, Optional<String> jsonPath) implements Action
{
    public PlannedStep
    {
        requireNonNull(step);
        requireNonNull(why);
        requireNonNull(jsonPath);
    }
}
