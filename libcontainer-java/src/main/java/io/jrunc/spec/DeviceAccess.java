package io.jrunc.spec;

/** What a cgroup rule allows or denies. Source: OCI config-linux.md#allowed-device-list. */
public enum DeviceAccess
{
    READ('r', 2),
    WRITE('w', 4),
    MKNOD('m', 1);

    private final char letter;
    private final int bpfBit;

    DeviceAccess(char letter, int bpfBit)
    {
        this.letter = letter;
        this.bpfBit = bpfBit;
    }

    public char letter()
    {
        return letter;
    }

    /** BPF_DEVCG_ACC_* of linux/bpf.h. */
    public int bpfBit()
    {
        return bpfBit;
    }
}
