package io.jrunc.plan;

import java.util.Optional;

/** One line of a plan: an order to the shim, or work of the engine itself. */
public sealed interface Action permits PlannedStep, PlannedWork, PlannedFallback
{
    /** Why it is done, and done here. */
    String why();

    /** The place of config.json that asks for it; empty = the runtime's own need. */
    Optional<String> jsonPath();
}
