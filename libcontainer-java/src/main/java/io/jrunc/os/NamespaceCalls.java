package io.jrunc.os;

import io.jrunc.error.ErrnoException;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Namespaces: what a descriptor leads to, and short visits by a thread of its own.
 *
 * <p><b>Errors</b>: {@link ErrnoException}; EINVAL from a visit = a user or pid namespace, which a thread cannot enter.
 */
public final class NamespaceCalls
{
    private static final int NS_GET_USERNS = 0xb701;
    private static final int NS_GET_NSTYPE = 0xb703;
    private static final int CLONE_FS = 0x200;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFREQ_SIZE = 40;
    private static final int IFREQ_FLAGS = 16;
    private static final int IFF_UP = 1;

    private NamespaceCalls() {}

    /** The CLONE_NEW* type of a namespace descriptor; ENOTTY = it is not one. */
    public static long type(Fd namespace)
    {
        return Kernel.call("ioctl", "NS_GET_NSTYPE", Nr.IOCTL, namespace.raw(), NS_GET_NSTYPE, 0);
    }

    /** The user namespace that owns a namespace. */
    public static Fd owner(Fd namespace)
    {
        return Fd.adopt((int) Kernel.call("ioctl", "NS_GET_USERNS", Nr.IOCTL, namespace.raw(), NS_GET_USERNS, 0));
    }

    /**
     * Makes a network namespace and sets its loopback up. This thread is in it meanwhile, and back afterwards.
     *
     * @return the namespace, which nobody is in
     * @throws ErrnoException EPERM, ENOSPC = too many of them
     * @throws IllegalStateException when there is no way back: the thread must do nothing more
     */
    public static Fd newNetwork()
    {
        try (Fd before = ownNetwork()) {
            Kernel.call("unshare", "CLONE_NEWNET", Nr.UNSHARE, CLONE_NEWNET, 0, 0);
            Optional<Fd> made = Optional.empty();
            try {
                made = Optional.of(ownNetwork());
                setLoopbackUp();
                goBack(before);
                return made.get();
            }
            catch (ErrnoException e) {
                made.ifPresent(Fd::close);
                goBack(before);
                throw e;
            }
            catch (IllegalStateException e) {
                made.ifPresent(Fd::close);
                throw e;
            }
        }
    }

    private static void goBack(Fd network)
    {
        if (Kernel.raw(Nr.SETNS, network.raw(), CLONE_NEWNET, 0) < 0) {
            throw new IllegalStateException("a thread cannot leave the network namespace that it has made");
        }
    }

    private static Fd ownNetwork()
    {
        return FileCalls.open("/proc/thread-self/ns/net", FileCalls.O_RDONLY, 0);
    }

    /** Source: netdevice(7), SIOCSIFFLAGS on a struct ifreq: the name, then the flags. */
    private static void setLoopbackUp()
    {
        try (Scratch scratch = Scratch.open();
                Fd socket = Fd.adopt((int) Kernel.call("socket", "AF_UNIX", Nr.SOCKET, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))) {
            int request = scratch.take(IFREQ_SIZE);
            scratch.putShort(request, 'l' | 'o' << 8);
            Kernel.call("ioctl", "SIOCGIFFLAGS lo", Nr.IOCTL, socket.raw(), SIOCGIFFLAGS, scratch.address(request));
            scratch.putShort(request + IFREQ_FLAGS, scratch.getShort(request + IFREQ_FLAGS) | IFF_UP);
            Kernel.call("ioctl", "SIOCSIFFLAGS lo", Nr.IOCTL, socket.raw(), SIOCSIFFLAGS, scratch.address(request));
        }
    }

    /**
     * Does something inside namespaces: on a thread that enters them, in order, and is thrown away afterwards.
     *
     * @throws ErrnoException when one cannot be entered; the action has not run then
     */
    public static <T> T visit(List<Fd> namespaces, Callable<T> action)
    {
        FutureTask<T> task = new FutureTask<>(() -> {
            // A thread shares root, cwd and umask with all others until it says otherwise; mount namespaces demand it.
            Kernel.call("unshare", "CLONE_FS", Nr.UNSHARE, CLONE_FS, 0, 0);
            for (Fd namespace : namespaces) {
                Kernel.call("setns", namespace.toString(), Nr.SETNS, namespace.raw(), 0, 0);
            }
            return action.call();
        });
        Thread thread = Thread.ofPlatform().name("namespace visit").daemon().start(task);
        try {
            T result = task.get();
            thread.join();
            return result;
        }
        catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException(e.getCause());
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while visiting a namespace", e);
        }
    }
}
