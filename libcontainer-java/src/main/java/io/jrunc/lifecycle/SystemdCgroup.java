package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.Tolerance;
import io.jrunc.cgroup.systemd.Bus;
import io.jrunc.cgroup.systemd.PropertyAnnotations;
import io.jrunc.cgroup.systemd.SystemdUnit;
import io.jrunc.host.HostFacts;
import io.jrunc.spec.Spec;
import io.jrunc.state.Journal;

import java.util.Optional;

/** {@code --systemd-cgroup}: whose systemd makes a container's cgroup, and how its unit is remembered. */
final class SystemdCgroup
{
    private SystemdCgroup() {}

    static CgroupDriver of(Session session, Spec spec, String id, boolean rootless)
    {
        HostFacts host = HostFacts.here();
        String path = spec.linux().cgroupsPath().orElse("");
        return CgroupDriver.systemd(host.cgroups(), path, id, PropertyAnnotations.of(spec.annotations()),
                () -> rootless ? Bus.ofUser(session.caller().environment()) : Bus.SYSTEM,
                rootless, new Tolerance(rootless, !path.isEmpty(), host.inUserNamespace()), session.notices()::warn);
    }

    /**
     * Root of a user namespace may stand for a user of the machine, as his session's bus tells, or for the root of a container with a
     * systemd of its own.
     */
    static boolean rootless(Caller caller)
    {
        if (caller.euid() != 0) {
            return true;
        }
        return HostFacts.here().inUserNamespace() && Bus.ownerOfUsers(caller.environment()).orElse(0) != 0;
    }

    /** To be written down before the unit is made. */
    static Optional<Journal.Entry.Unit> remembered(CgroupDriver cgroup)
    {
        return cgroup.unit().map(unit -> new Journal.Entry.Unit(unit.name(), unit.description(), unit.bus().address()));
    }

    static SystemdUnit unit(Journal.Entry.Unit remembered)
    {
        return new SystemdUnit(remembered.name(), remembered.description(), new Bus(remembered.bus()));
    }
}
