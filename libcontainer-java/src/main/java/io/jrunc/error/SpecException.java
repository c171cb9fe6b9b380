package io.jrunc.error;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The bundle's configuration is wrong. Carries every fault found, each with its place; the author of the bundle must act.
 */
public final class SpecException extends JruncException
{
    private final transient List<SpecProblem> problems;

    /** @param problems at least one */
    public SpecException(List<SpecProblem> problems)
    {
        super(problems.stream().map(SpecProblem::toString).collect(Collectors.joining("; ")), Diagnosis.NONE, null);
        this.problems = List.copyOf(problems);
    }

    public SpecException(String path, String message)
    {
        this(List.of(new SpecProblem(path, message)));
    }

    public List<SpecProblem> problems()
    {
        return problems;
    }
}
