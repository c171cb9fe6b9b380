package io.jrunc.plan;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A step with the reason why it stands where it stands.
 *
 * @param why for the reader of a plan or of an error, e.g. {@code "asked for by the bundle"}
 * @param jsonPath the place of config.json that asks for it; empty = the runtime's own need
 */
public record PlannedStep(Step step, String why, Optional<String> jsonPath)
{
    public PlannedStep
    {
        requireNonNull(step);
        requireNonNull(why);
        requireNonNull(jsonPath);
    }
}
