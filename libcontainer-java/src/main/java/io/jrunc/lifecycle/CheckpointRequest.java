package io.jrunc.lifecycle;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code checkpoint} is asked for.
 *
 * @param parentPath earlier images, relative to those to be made
 * @param tcpSkipInFlight connections that are being made are left out
 * @param linkRemap files without a name get one, where possible
 * @param statusFd a descriptor of the caller that gets a zero byte once lazy pages are served
 * @param preDump the memory alone; the container goes on
 */
public record CheckpointRequest(String id, CriuChoices choices, Optional<String> parentPath, boolean leaveRunning, boolean tcpSkipInFlight,
        boolean linkRemap, OptionalInt statusFd, Optional<PageServer> pageServer, boolean preDump)
{
    /** Who takes the memory over the network, or asks for it. */
    public record PageServer(String address, int port) {}
}
