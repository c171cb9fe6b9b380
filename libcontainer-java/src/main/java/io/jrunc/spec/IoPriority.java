package io.jrunc.spec;

/**
 * I/O priority of the process. Source: OCI config.md#linux-process.
 *
 * @param priority 0 (first served) to 7
 */
public record IoPriority(IoPriorityClass ioClass, int priority)
{
    public IoPriority
    {
        new Problems()
                .unless(priority >= 0 && priority <= 7, "priority", "invalid ioPriority.Priority: " + priority)
                .throwIfAny();
    }

    /** The value for ioprio_set(2): {@code BE 4 → 2 << 13 | 4}. */
    public int kernelValue()
    {
        return ioClass.number() << 13 | priority;
    }
}
