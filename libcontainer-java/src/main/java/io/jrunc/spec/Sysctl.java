package io.jrunc.spec;

import io.jrunc.error.SpecException;

import java.util.List;

/**
 * The name of a kernel parameter, in both ways of writing it. As in sysctl.d(5), the separator that comes first in the key is the
 * separator; the other one then stands for itself: {@code net.ipv4.conf.eno2/100.rp_filter} and
 * {@code net/ipv4/conf/eno2.100/rp_filter} are the same.
 *
 * @param dotted {@code net.ipv4.conf.eno2/100.rp_filter}: what the rules compare
 * @param file {@code net/ipv4/conf/eno2.100/rp_filter}: below /proc/sys; never leads out of it
 */
public record Sysctl(String dotted, String file)
{
    /** Parameters of System V IPC that belong to the ipc namespace; so does all of fs.mqueue. */
    private static final List<String> IPC = List.of("kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
            "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced");

    /** @throws SpecException if the key has an empty part or one that is "." or ".." */
    public static Sysctl parse(String key)
    {
        int slash = key.indexOf('/');
        int dot = key.indexOf('.');
        boolean slashed = slash >= 0 && (dot < 0 || slash < dot);
        Sysctl sysctl = slashed ? new Sysctl(swap(key), key) : new Sysctl(key, swap(key));
        for (String part : sysctl.file.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new SpecException("", "invalid sysctl name " + Problems.quote(key));
            }
        }
        return sysctl;
    }

    private static String swap(String key)
    {
        return key.replace('.', '\0').replace('/', '.').replace('\0', '/');
    }

    /** True if the parameter belongs to the ipc namespace. */
    public boolean isIpc()
    {
        return IPC.contains(dotted) || dotted.startsWith("fs.mqueue.");
    }

    /** True if the parameter belongs to the network namespace. */
    public boolean isNetwork()
    {
        return dotted.startsWith("net.");
    }

    /** True if the parameter belongs to the user namespace. */
    public boolean isUser()
    {
        return dotted.startsWith("user.");
    }
}
