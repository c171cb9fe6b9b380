package io.jrunc.spec;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A network device of the host that moves into the container. Source: OCI config-linux.md#network-devices.
 *
 * @param name its name there, may hold {@code %d}; empty = the name it has on the host
 */
public record NetDevice(Optional<String> name)
{
    public NetDevice
    {
        new Problems()
                .unless(name.filter(n -> !isValidName(n)).isEmpty(), "name",
                        "invalid network device name " + Problems.quote(name.orElse("")))
                .throwIfAny();
    }

    /** The kernel's rule (dev_valid_name): 1 to 15 bytes, no '/', ':' or white space, not "." or "..". */
    public static boolean isValidName(String name)
    {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        return length >= 1 && length <= 15 && !name.equals(".") && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == ':' || c <= ' ');
    }
}
