package io.jrunc.spec;

import java.util.Arrays;
import java.util.List;

/** The words that jrunc understands, as {@code features} lists them. Never depends on the host. Source: OCI features.md, features-linux.md. */
public final class FeatureWords
{
    private FeatureWords()
    {
    }

    /** In the order of a container's life. */
    public static List<String> hooks()
    {
        return Arrays.stream(HookKind.values()).map(HookKind::word).toList();
    }

    /** Sorted. */
    public static List<String> mountOptions()
    {
        return MountOptions.knownWords();
    }

    /** Sorted. */
    public static List<String> namespaces()
    {
        return SpecWord.sortedWords(NamespaceType.values());
    }

    /** In the kernel's order, CAP_CHOWN first. */
    public static List<String> capabilities()
    {
        return Arrays.stream(Capability.values()).map(Capability::word).toList();
    }

    /** Sorted. */
    public static List<String> seccompActions()
    {
        return SpecWord.sortedWords(SeccompAction.values());
    }

    /** Sorted. */
    public static List<String> seccompOperators()
    {
        return SpecWord.sortedWords(SeccompOperator.values());
    }

    /** Sorted; what the installed libseccomp lacks is not known here. */
    public static List<String> seccompArchs()
    {
        return SpecWord.sortedWords(SeccompArch.values());
    }

    /** In the kernel's order of bits. */
    public static List<String> seccompFlags()
    {
        return Arrays.stream(SeccompFlag.values()).map(SeccompFlag::word).toList();
    }

    /** Sorted. */
    public static List<String> memoryPolicyModes()
    {
        return SpecWord.sortedWords(MemoryPolicyMode.values());
    }

    /** Sorted. */
    public static List<String> memoryPolicyFlags()
    {
        return SpecWord.sortedWords(MemoryPolicyFlag.values());
    }
}
