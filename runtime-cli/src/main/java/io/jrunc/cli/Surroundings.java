package io.jrunc.cli;

import io.jrunc.lifecycle.Launcher;

import java.util.List;
import java.util.Optional;

/**
 * Where a command meets the machine: the launcher, and the few facts that words depend on, each looked up only when asked.
 */
interface Surroundings
{
    /** The process that the caller started; what containers are made through. */
    Launcher launcher();

    /** The caller's root is not the machine's. */
    boolean inUserNamespace();

    /** All cgroups are in one version 2 hierarchy. */
    boolean unifiedCgroups();

    /** Version of the installed libseccomp, e.g. {@code 2.5.4}; empty = not installed. */
    Optional<String> libseccompVersion();

    /** Flags of seccomp filters that libseccomp and the kernel know, in the specification's words. */
    List<String> seccompFlags();
}
