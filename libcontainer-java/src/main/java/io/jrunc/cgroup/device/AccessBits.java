package io.jrunc.cgroup.device;

/**
 * A set of read, write and mknod. The bits are the kernel's {@code BPF_DEVCG_ACC_*}.
 *
 * @param bits 1 = mknod, 2 = read, 4 = write
 */
public record AccessBits(int bits)
{
    public static final AccessBits NONE = new AccessBits(0);
    public static final AccessBits ALL = new AccessBits(7);

    private static final int MKNOD = 1;
    private static final int READ = 2;
    private static final int WRITE = 4;

    public AccessBits
    {
        if ((bits & ~7) != 0) {
            throw new IllegalArgumentException("unknown device access bits " + bits);
        }
    }

    /**
     * @param letters any of {@code r}, {@code w}, {@code m}, in any order
     * @throws IllegalArgumentException if empty or with another letter
     */
    public static AccessBits of(String letters)
    {
        int bits = 0;
        for (char letter : letters.toCharArray()) {
            bits |= switch (letter) {
                case 'r' -> READ;
                case 'w' -> WRITE;
                case 'm' -> MKNOD;
                default -> throw new IllegalArgumentException("unknown device access \"" + letters + "\"");
            };
        }
        if (bits == 0) {
            throw new IllegalArgumentException("device access cannot be empty");
        }
        return new AccessBits(bits);
    }

    public boolean isEmpty()
    {
        return bits == 0;
    }

    public AccessBits and(AccessBits other)
    {
        return new AccessBits(bits & other.bits);
    }

    public AccessBits or(AccessBits other)
    {
        return new AccessBits(bits | other.bits);
    }

    public AccessBits minus(AccessBits other)
    {
        return new AccessBits(bits & ~other.bits);
    }

    /** In the order {@code devices.list} prints them. */
    @Override
    public String toString()
    {
        return ((bits & READ) != 0 ? "r" : "") + ((bits & WRITE) != 0 ? "w" : "") + ((bits & MKNOD) != 0 ? "m" : "");
    }
}
