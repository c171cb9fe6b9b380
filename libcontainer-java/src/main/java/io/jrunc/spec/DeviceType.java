package io.jrunc.spec;

/** Kinds of nodes that mknod(2) makes for {@code linux.devices}. Source: OCI config-linux.md#devices. */
public enum DeviceType implements SpecWord
{
    CHARACTER("c", 0020000),
    /** Unbuffered character device: another word for {@link #CHARACTER}. */
    UNBUFFERED("u", 0020000),
    BLOCK("b", 0060000),
    FIFO("p", 0010000);

    private final String word;
    private final int modeBits;

    DeviceType(String word, int modeBits)
    {
        this.word = word;
        this.modeBits = modeBits;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The S_IFMT bits for mknod(2). */
    public int modeBits()
    {
        return modeBits;
    }
}
