package io.jrunc.cgroup.device;

/**
 * What a device rule is about. {@link #ALL} always means every device with every access, whatever its numbers say.
 */
public enum DeviceKind
{
    ALL('a'),
    BLOCK('b'),
    CHAR('c');

    private final char letter;

    DeviceKind(char letter)
    {
        this.letter = letter;
    }

    public char letter()
    {
        return letter;
    }

    /** @throws IllegalArgumentException on any other letter */
    public static DeviceKind of(char letter)
    {
        for (DeviceKind kind : values()) {
            if (kind.letter == letter) {
                return kind;
            }
        }
        throw new IllegalArgumentException("unknown device type \"" + letter + "\"");
    }
}
