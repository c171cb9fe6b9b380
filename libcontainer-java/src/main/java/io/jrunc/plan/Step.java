package io.jrunc.plan;

/**
 * One order to the shim, with its arguments in place. Immutable; one record per {@link Op}, grouped by what it works on.
 */
public sealed interface Step permits LauncherStep, NamespaceStep, RootfsStep, ProcessStep, EndStep
{
    Op op();

    /** Writes the arguments in the order and types of {@link Op#args()}. */
    void encode(StepWriter w);
}
