package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.HostProcess;
import io.jrunc.host.Namespaces;
import io.jrunc.host.NetDevices;
import io.jrunc.os.Fd;
import io.jrunc.plan.NamespaceStep;
import io.jrunc.plan.PlannedWork;
import io.jrunc.plan.Slots;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Rlimit;

import java.util.List;
import java.util.function.Supplier;

/** What the engine does to a process from the host's side, with refusals in the user's words. */
final class HostSide
{
    private HostSide() {}

    static void setRlimits(HostProcess process, List<Rlimit> limits)
    {
        for (int i = 0; i < limits.size(); i++) {
            Rlimit limit = limits.get(i);
            attempt("process.rlimits[" + i + "]", "set " + Rlimit.text(limit.type().number(), limit.soft(), limit.hard()),
                    () -> process.limit(limit.type().number(), limit.soft(), limit.hard()));
        }
    }

    static void setOomScoreAdj(HostProcess process, int value)
    {
        attempt("process.oomScoreAdj", "set the OOM score", () -> process.oomScoreAdj(value));
    }

    /**
     * Moves the process into its cgroup.
     *
     * @param slot {@link Slots#NONE} = from outside, now; else by steps of its own in the batch under way
     */
    static void join(int slot, Supplier<List<CgroupDriver.Tasks>> files, Runnable fromOutside, PlanDriver driver, PlannedWork origin)
    {
        if (slot == Slots.NONE) {
            fromOutside.run();
            return;
        }
        int next = slot;
        for (CgroupDriver.Tasks tasks : files.get()) {
            driver.attach(next, tasks.file());
            driver.add(new NamespaceStep.JoinCgroup(next, tasks.excused()), origin);
            next++;
        }
    }

    /** Into the process's network namespace, which the device then belongs to. */
    static void moveNetDevice(HostProcess process, String name, String newName)
    {
        String place = "linux.netDevices." + name;
        try (Fd namespace = Namespaces.open("/proc/" + process.pid() + "/ns/net", NamespaceType.NETWORK.cloneFlag(), place)) {
            attempt(place, "move the network device", () -> NetDevices.move(name, namespace, newName));
        }
    }

    static void attempt(String place, String what, Runnable action)
    {
        attempt(place, what, () -> {
            action.run();
            return null;
        });
    }

    /** @param place in config.json; @param what with the verb first, after "cannot" */
    static <T> T attempt(String place, String what, Supplier<T> action)
    {
        try {
            return action.get();
        }
        catch (ErrnoException e) {
            throw new HostException(place + ": cannot " + what + ": " + e.getMessage(), e);
        }
    }
}
