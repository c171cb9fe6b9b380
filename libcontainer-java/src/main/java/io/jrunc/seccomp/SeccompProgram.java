package io.jrunc.seccomp;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A filter ready for seccomp(2).
 *
 * @param bpf array of struct sock_filter (8 bytes each, machine byte order), 1 to 4096 of them
 * @param flags SECCOMP_FILTER_FLAG_* bits; with NEW_LISTENER (8) exactly when there is a {@code listenerPath}
 * @param listenerPath unix stream socket of the agent that decides some calls; empty when no rule notifies, whatever the config says
 * @param metadata opaque text for the agent; empty without one
 */
public record SeccompProgram(byte[] bpf, long flags, Optional<String> listenerPath, Optional<String> metadata)
{
    static final int INSTRUCTION_SIZE = 8;
    static final int MOST_INSTRUCTIONS = 4096;

    public SeccompProgram
    {
        bpf = bpf.clone();
        if (bpf.length == 0 || bpf.length % INSTRUCTION_SIZE != 0 || bpf.length > MOST_INSTRUCTIONS * INSTRUCTION_SIZE) {
            throw new IllegalArgumentException("a program of " + bpf.length + " bytes");
        }
        if (listenerPath.isPresent() != ((flags & FilterFlags.NEW_LISTENER) != 0)) {
            throw new IllegalArgumentException("a listener's path without its flag or the reverse");
        }
    }

    /** Loading it gives a descriptor that must reach {@link #listenerPath()}. */
    public boolean notifies()
    {
        return listenerPath.isPresent();
    }

    @Override
    public byte[] bpf()
    {
        return bpf.clone();
    }

    public int instructions()
    {
        return bpf.length / INSTRUCTION_SIZE;
    }

    @Override
    public boolean equals(Object other)
    {
        return other instanceof SeccompProgram that
                && Arrays.equals(bpf, that.bpf)
                && flags == that.flags
                && listenerPath.equals(that.listenerPath)
                && metadata.equals(that.metadata);
    }

    @Override
    public int hashCode()
    {
        return Objects.hash(Arrays.hashCode(bpf), flags, listenerPath, metadata);
    }

    @Override
    public String toString()
    {
        return "seccomp program of " + instructions() + " instructions, flags " + flags;
    }
}
