package io.jrunc.plan;

import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * Everything that will be done to make one container, or one more process in a container.
 *
 * <p>How it is carried out: walk the actions in order. Consecutive {@link PlannedStep}s of one party form a batch. An
 * {@link EngineStep} that {@link EngineStep#waits() waits} ends the batch: it runs after the batch was answered. One that does not
 * wait prepares a descriptor for a later step of the batch under way and is attached to that frame under its slot, or works beside
 * the process; the frame's limit of descriptors may split a batch anywhere, {@link EngineStep.Dispatch} does. Batches may be sent before earlier ones are answered; where a step of one party
 * builds on the other's, a waiting step stands between. {@link EngineStep.LoadSeccomp}, {@link EngineStep.RunHooks} of a kind that
 * runs in the container, and {@link EngineStep.ExecProgram} become steps at their place, as soon as what they need is known. A process
 * that has failed a step does nothing of what was sent after it.
 *
 * @param preparation until the process is ready: the reply to its last step is the moment of "created"; its first phase can be known,
 *        and carried out, before the rest is planned
 * @param start what follows: sent at once for a run, held back by its first step for a create; always one batch of the process
 * @param running after the program was executed (run), or after {@code start} was handed over (create)
 * @param arguments of the program
 * @param environment of the program, before HOME is known
 * @param warnings for the caller's log, in order
 */
public record Plan(List<Phase> preparation, Phase start, Phase running, List<String> arguments, Environment environment,
        List<String> warnings)
{
    public Plan
    {
        preparation = List.copyOf(preparation);
        requireNonNull(start);
        requireNonNull(running);
        arguments = List.copyOf(arguments);
        requireNonNull(environment);
        warnings = List.copyOf(warnings);
    }
}
