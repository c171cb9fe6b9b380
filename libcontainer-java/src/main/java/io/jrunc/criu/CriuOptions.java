package io.jrunc.criu;

import java.util.Optional;

/**
 * The options of a dump or a restore, as criu counts them. An option that is not given is not in the message: criu's own default holds.
 */
public final class CriuOptions
{
    /** criu's word for it: how much of cgroups it saves and brings back. */
    public enum CgroupMode
    {
        IGNORE(0), SOFT(3), FULL(4), STRICT(5), DEFAULT(6);

        private final int number;

        CgroupMode(int number)
        {
            this.number = number;
        }
    }

    /** CLONE_NEWNET: the network of a container is made by whoever made it, not by criu. */
    private static final int EMPTY_NETWORK = 0x40000000;

    private final RpcWriter message = new RpcWriter();

    /** @param images directory of the images: a descriptor's number in criu */
    public CriuOptions(int images)
    {
        message.integer(1, images).integer(38, EMPTY_NETWORK).bool(12, true).bool(50, true);
    }

    /** For logs and sockets; as {@code images} of the constructor. */
    public CriuOptions workDirectory(int directory)
    {
        message.integer(17, directory);
        return this;
    }

    /** @param name in the work directory, else in that of the images */
    public CriuOptions log(String name, int level)
    {
        message.text(10, name).integer(9, level);
        return this;
    }

    /** The first process of what is saved. */
    public CriuOptions process(int pid)
    {
        message.integer(2, pid);
        return this;
    }

    /** Of what is saved: the path on the host. Of what is restored: a mount, whose own parent nothing covers. */
    public CriuOptions root(String path)
    {
        message.text(13, path);
        return this;
    }

    public CriuOptions leaveRunning(boolean value)
    {
        message.bool(3, value);
        return this;
    }

    public CriuOptions externalUnixSockets(boolean value)
    {
        message.bool(4, value);
        return this;
    }

    public CriuOptions tcpEstablished(boolean value)
    {
        message.bool(5, value);
        return this;
    }

    public CriuOptions tcpSkipInFlight(boolean value)
    {
        message.bool(46, value);
        return this;
    }

    /** A device file is reopened by its path where that leads to the same device. */
    public CriuOptions evasiveDevices()
    {
        message.bool(6, true);
        return this;
    }

    public CriuOptions shellJob(boolean value)
    {
        message.bool(7, value);
        return this;
    }

    public CriuOptions fileLocks(boolean value)
    {
        message.bool(8, value);
        return this;
    }

    public CriuOptions linkRemap(boolean value)
    {
        message.bool(18, value);
        return this;
    }

    public CriuOptions autoDedup(boolean value)
    {
        message.bool(16, value);
        return this;
    }

    public CriuOptions lazyPages(boolean value)
    {
        message.bool(48, value);
        return this;
    }

    public CriuOptions pageServer(String address, int port)
    {
        message.message(11, new RpcWriter().text(1, address).integer(2, port));
        return this;
    }

    /** @param path of earlier images, relative to those to be made; only pages that changed since are saved */
    public CriuOptions parent(String path)
    {
        message.text(14, path).bool(15, true);
        return this;
    }

    public CriuOptions cgroups(CgroupMode mode)
    {
        message.bool(24, true).integer(34, mode.number);
        return this;
    }

    /** @param controller as /proc/PID/cgroup has it; empty = version 2. @param path where the restored cgroups begin */
    public CriuOptions cgroupRoot(String controller, String path)
    {
        message.message(25, new RpcWriter().text(1, controller).text(2, path));
        return this;
    }

    /** Absolute directory of a freezer's cgroup: quicker and surer than stopping each process. */
    public CriuOptions freezeCgroup(String directory)
    {
        message.text(44, directory);
        return this;
    }

    /** A mount that is not in the images. @param place in the container; @param host what to mount there, when saving the same again */
    public CriuOptions externalMount(String place, String host)
    {
        message.message(23, new RpcWriter().text(1, place).text(2, host));
        return this;
    }

    /** In criu's own words, e.g. {@code net[4026531840]:extRootNetNS}. */
    public CriuOptions external(String words)
    {
        message.text(37, words);
        return this;
    }

    /** What stood under this name when it was saved is this descriptor of criu. */
    public CriuOptions inherit(String key, int descriptor)
    {
        message.message(27, new RpcWriter().text(1, key).integer(2, descriptor));
        return this;
    }

    /** A namespace that exists is joined. @param kind as in /proc/PID/ns */
    public CriuOptions join(String kind, String path)
    {
        message.message(39, new RpcWriter().text(1, kind).text(2, path));
        return this;
    }

    /** What is restored becomes the child of criu's parent. */
    public CriuOptions sibling()
    {
        message.bool(26, true);
        return this;
    }

    /** Read after all options, which it overrides. */
    public CriuOptions configFile(Optional<String> path)
    {
        path.ifPresent(file -> message.text(51, file));
        return this;
    }

    /** @param profile type and name, e.g. {@code apparmor:web} */
    public CriuOptions securityProfile(String profile)
    {
        message.text(53, profile);
        return this;
    }

    public CriuOptions mountContext(String context)
    {
        message.text(63, context);
        return this;
    }

    RpcWriter message()
    {
        return message;
    }
}
