package io.jrunc.lifecycle;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code checkpoint} and {@code restore} have in common. Source: runc-checkpoint(8), criu(8).
 *
 * @param imagePath absolute
 * @param workPath absolute, for criu's log and sockets; empty = the image path
 * @param tcpEstablished TCP connections are no error
 * @param externalUnixSockets nor are unix sockets whose other end is outside
 * @param shellJob nor is a terminal that belongs to the caller's session
 * @param lazyPages memory goes over only when it is used
 */
public record CriuChoices(Path imagePath, Optional<Path> workPath, boolean tcpEstablished, boolean externalUnixSockets, boolean shellJob,
        boolean fileLocks, boolean lazyPages, boolean autoDedup, CgroupsMode cgroupsMode)
{
    /** How criu treats cgroups; {@link #DEFAULT} is what this criu takes for the best. */
    public enum CgroupsMode
    {
        DEFAULT, SOFT, FULL, STRICT, IGNORE
    }

    Path logDirectory()
    {
        return workPath.orElse(imagePath);
    }
}
