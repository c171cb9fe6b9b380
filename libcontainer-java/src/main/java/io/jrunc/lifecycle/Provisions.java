package io.jrunc.lifecycle;

import io.jrunc.channel.SlotFd;
import io.jrunc.host.SealedCopies;
import io.jrunc.os.Fd;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Slots;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an engine that stays gives a launcher with its first word: all that a container's process will need and that does not depend on
 * its configuration, which is still to be read. From any thread.
 *
 * <ul>
 * <li>A copy of the shim for the process to run from; the next is made when a command has ended.
 * <li>A word to make a network namespace, which takes the kernel longer than anything else of a start. Whether the container will want
 * one is not known by then: it is taken to be like the one before it.
 * </ul>
 *
 * A launcher that gets none of this makes it when it needs it.
 */
public final class Provisions
{
    private final SealedCopies shim;
    private volatile boolean network;

    /** @param shim the installed executable */
    public Provisions(Path shim)
    {
        this.shim = SealedCopies.of(shim, "jrunc-init");
    }

    /**
     * The first word to a launcher: it is served here.
     *
     * @param process its command may make a process
     * @param container it may make a container
     */
    public void handTo(Launcher launcher, boolean process, boolean container)
    {
        Optional<Fd> copy = process ? shim.take() : Optional.empty();
        try {
            launcher.accept(this, container && network ? List.of(new LauncherStep.Network()) : List.of(),
                    copy.map(fd -> new SlotFd(Slots.SHIM, fd)).stream().toList());
        }
        finally {
            copy.ifPresent(Fd::close);
        }
    }

    /** Whether the last container took a new network namespace, as the next one then probably will. */
    void tookNetwork(boolean took)
    {
        network = took;
    }

    /** Makes what was taken. While nobody waits. */
    public void restock()
    {
        shim.restock();
    }
}
