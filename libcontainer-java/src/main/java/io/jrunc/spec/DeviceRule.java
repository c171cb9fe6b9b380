package io.jrunc.spec;

import java.util.EnumSet;
import java.util.Collections;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Access to devices that the container's cgroup allows or denies; rules apply in order. The specification's word is
 * {@code resources.devices}. Source: OCI config-linux.md#allowed-device-list.
 *
 * @param major unsigned 32 bit; empty = all (-1 means the same)
 * @param minor likewise
 * @param access never empty
 */
public record DeviceRule(boolean allow, DeviceRuleType type, OptionalLong major, OptionalLong minor, Set<DeviceAccess> access)
{
    private static final long MAX = 0xffff_ffffL;

    public DeviceRule
    {
        access = access.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(access));
        major = wildcard(major);
        minor = wildcard(minor);
        new Problems()
                .unless(!access.isEmpty(), "access", "device access field cannot be empty")
                .unless(inRange(major), "major", "must be between 0 and " + MAX + ", or -1 for all")
                .unless(inRange(minor), "minor", "must be between 0 and " + MAX + ", or -1 for all")
                .throwIfAny();
    }

    private static OptionalLong wildcard(OptionalLong number)
    {
        return number.isPresent() && number.getAsLong() == -1 ? OptionalLong.empty() : number;
    }

    private static boolean inRange(OptionalLong number)
    {
        return number.isEmpty() || number.getAsLong() >= 0 && number.getAsLong() <= MAX;
    }

    /** The access as letters in the kernel's order, e.g. {@code "rwm"}. */
    public String accessLetters()
    {
        StringBuilder letters = new StringBuilder();
        access.forEach(a -> letters.append(a.letter()));
        return letters.toString();
    }
}
