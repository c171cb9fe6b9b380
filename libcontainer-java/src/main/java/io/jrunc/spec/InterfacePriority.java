package io.jrunc.spec;

/**
 * Priority of the container's traffic on one host interface; cgroup v1 only. Source: OCI config-linux.md#network.
 *
 * @param priority unsigned 32 bit
 */
public record InterfacePriority(String name, long priority)
{
    public InterfacePriority
    {
        new Problems()
                .unless(NetDevice.isValidName(name), "name", "invalid network device name " + Problems.quote(name))
                .throwIfAny();
    }
}
