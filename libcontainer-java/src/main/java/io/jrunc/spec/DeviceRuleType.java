package io.jrunc.spec;

/** Kinds of devices that a cgroup rule covers. Source: OCI config-linux.md#allowed-device-list. */
public enum DeviceRuleType implements SpecWord
{
    ALL("a"),
    CHARACTER("c"),
    BLOCK("b");

    private final String word;

    DeviceRuleType(String word)
    {
        this.word = word;
    }

    @Override
    public String word()
    {
        return word;
    }
}
