package io.jrunc.plan;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A plan being written: actions of the phase under way, problems and warnings of the whole.
 */
final class Draft
{
    /** Frames hold at most 240 descriptors and batches less; after so many sources the first slots are free again. */
    private static final int SOURCE_SLOTS = 180;

    private final List<SpecProblem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private List<Action> actions = new ArrayList<>();
    private int sources;

    /** Fills one phase. */
    Phase phase(String name, String reason, Consumer<Draft> content)
    {
        List<Action> outer = actions;
        actions = new ArrayList<>();
        content.accept(this);
        Phase phase = new Phase(name, reason, actions);
        actions = outer;
        return phase;
    }

    void step(Step step, String why)
    {
        actions.add(new PlannedStep(step, why, Optional.empty()));
    }

    void step(Step step, String why, String jsonPath)
    {
        actions.add(new PlannedStep(step, why, Optional.of(jsonPath)));
    }

    void work(EngineStep step, String why)
    {
        actions.add(new PlannedWork(step, why, Optional.empty()));
    }

    void work(EngineStep step, String why, String jsonPath)
    {
        actions.add(new PlannedWork(step, why, Optional.of(jsonPath)));
    }

    /** A step with what is done when the kernel refuses it with one of {@code errnos}. */
    void fallback(Step step, String why, String jsonPath, Set<Integer> errnos, Consumer<Draft> instead)
    {
        List<Action> replacement = phase("", "", instead).actions();
        actions.add(new PlannedFallback(new PlannedStep(step, why, Optional.of(jsonPath)), errnos, replacement));
    }

    /**
     * A slot for one more mount source. They are reused: {@code mount_tree} empties its slot, and long before a number comes again
     * a frame has been cut and answered.
     */
    int sourceSlot()
    {
        if (sources > 0 && sources % SOURCE_SLOTS == 0) {
            work(new EngineStep.Settle(), "slots of mount sources are used again from here");
        }
        return Slots.SOURCE + sources++ % SOURCE_SLOTS;
    }

    void problem(String jsonPath, String message)
    {
        problems.add(new SpecProblem(jsonPath, message));
    }

    void warn(String message)
    {
        warnings.add(message);
    }

    List<String> warnings()
    {
        return List.copyOf(warnings);
    }

    /** @throws SpecException with every problem found */
    void throwIfAnyProblem()
    {
        if (!problems.isEmpty()) {
            throw new SpecException(problems);
        }
    }
}
