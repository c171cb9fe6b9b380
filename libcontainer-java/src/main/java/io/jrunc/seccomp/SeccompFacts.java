package io.jrunc.seccomp;

import io.jrunc.error.HostException;
import io.jrunc.os.LibSeccomp;
import io.jrunc.spec.SeccompAction;
import io.jrunc.spec.SeccompArch;
import io.jrunc.spec.SeccompFlag;
import io.jrunc.spec.SeccompOperator;
import io.jrunc.spec.SpecWord;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What {@code jrunc features} says about seccomp. Only {@link #supportedFlags()} and {@link #libraryVersion()} look at the
 * host. Source: OCI features-linux.md#seccomp.
 */
public final class SeccompFacts
{
    private SeccompFacts() {}

    /** Words for {@code action}, sorted. */
    public static List<String> actions()
    {
        return SpecWord.sortedWords(SeccompAction.values());
    }

    /** Words for {@code op}, sorted. */
    public static List<String> operators()
    {
        return SpecWord.sortedWords(SeccompOperator.values());
    }

    /** Words for {@code architectures}, sorted: known to jrunc; the installed libseccomp may know fewer. */
    public static List<String> architectures()
    {
        return SpecWord.sortedWords(SeccompArch.values());
    }

    /** Words for {@code flags}, sorted. */
    public static List<String> knownFlags()
    {
        return SpecWord.sortedWords(SeccompFlag.values());
    }

    /** Those of {@link #knownFlags()} that this kernel takes. */
    public static List<String> supportedFlags()
    {
        return Arrays.stream(SeccompFlag.values()).filter(FilterFlags::isSupported).map(SeccompFlag::word).sorted().toList();
    }

    /** For example {@code 2.5.4}; opens libseccomp. Empty when it is not installed. */
    public static Optional<String> libraryVersion()
    {
        try {
            return Optional.of(LibSeccomp.load().version());
        }
        catch (HostException notInstalled) {
            return Optional.empty();
        }
    }
}
