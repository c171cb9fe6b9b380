package io.jrunc.spec;

/**
 * A condition on one argument of a system call. Source: OCI config-linux.md#seccomp.
 *
 * @param index 0 to 5
 * @param value unsigned 64 bit; the mask for MASKED_EQ
 * @param valueTwo unsigned 64 bit; what the masked argument must be, for MASKED_EQ only
 */
public record SeccompArg(int index, long value, long valueTwo, SeccompOperator op)
{
    public SeccompArg
    {
        new Problems()
                .unless(index >= 0 && index <= 5, "index", "system calls have arguments 0 to 5, not " + index)
                .throwIfAny();
    }
}
