package io.jrunc.os;

import io.jrunc.error.ErrnoException;

import java.util.List;
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
                Kernel.call("setns", namespace, Nr.SETNS, namespace.raw(), 0, 0);
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
