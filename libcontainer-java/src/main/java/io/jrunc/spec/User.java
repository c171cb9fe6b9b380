package io.jrunc.spec;

import java.util.List;
import java.util.OptionalInt;

/**
 * Whom the program runs as; ids are those inside the container's user namespace. Source: OCI config.md#posix-platform-user.
 *
 * @param uid unsigned 32 bit
 * @param gid unsigned 32 bit
 * @param umask permission bits, 0 to 0777; empty = not set
 * @param additionalGids exactly these; none = the supplementary groups are cleared
 */
public record User(long uid, long gid, OptionalInt umask, List<Long> additionalGids)
{
    public static final User ROOT = new User(0, 0, OptionalInt.empty(), List.of());

    public User
    {
        additionalGids = List.copyOf(additionalGids);
    }
}
