package io.jrunc.lifecycle;

import java.util.Optional;

/**
 * What {@code restore} is asked for.
 *
 * @param container as for a new one; its mode is one of the run modes
 * @param securityProfile type and name, e.g. {@code apparmor:web}
 * @param mountContext SELinux context of the restored mounts
 */
public record RestoreRequest(CreateRequest container, CriuChoices choices, Optional<String> securityProfile, Optional<String> mountContext) {}
