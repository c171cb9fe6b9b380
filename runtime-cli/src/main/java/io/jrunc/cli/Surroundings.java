package io.jrunc.cli;

import java.util.List;
import java.util.Optional;

/**
 * The few facts of the machine that words depend on. Each is looked up only when a command asks.
 */
interface Surroundings
{
    /** The caller's root is not the machine's. */
    boolean inUserNamespace();

    /** All cgroups are in one version 2 hierarchy. */
    boolean unifiedCgroups();

    /** Version of the installed libseccomp, e.g. {@code 2.5.4}; empty = not installed. */
    Optional<String> libseccompVersion();

    /** Flags of seccomp filters that libseccomp and the kernel know, in the specification's words. */
    List<String> seccompFlags();
}
