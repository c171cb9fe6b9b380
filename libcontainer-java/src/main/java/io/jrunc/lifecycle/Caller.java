package io.jrunc.lifecycle;

import java.util.Map;
import java.util.Optional;

/**
 * Who asks, and from where: what a command would otherwise read of its own process.
 *
 * @param environment the caller's variables
 * @param umask 0 to 0777
 * @param pid the launcher's process, on this host
 * @param rows height of the caller's terminal, 0 = it has none
 * @param columns its width
 * @param listenFds descriptors from 3 up that socket activation gave the caller
 * @param cgroupRootless true: errors of cgroup permissions are tolerated; empty = decide by who the caller is
 */
public record Caller(Map<String, String> environment, int umask, int euid, int egid, int pid, int rows, int columns, int listenFds,
        Optional<Boolean> cgroupRootless)
{
    public Caller
    {
        environment = Map.copyOf(environment);
    }
}
