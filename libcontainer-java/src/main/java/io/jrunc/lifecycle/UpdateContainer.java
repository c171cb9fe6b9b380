package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.Resctrl;
import io.jrunc.cgroup.ResourceUpdate;
import io.jrunc.error.HostException;
import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.host.MountTable;
import io.jrunc.spec.IntelRdt;
import io.jrunc.spec.Resources;
import io.jrunc.spec.ResourcesJson;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

import java.util.List;
import java.util.Optional;

/** {@code update}: other limits for a container that has not ended. What it then has stands in its saved config.json. */
final class UpdateContainer
{
    private UpdateContainer() {}

    /**
     * @param change what is to be different; what it leaves out is kept or forgotten as {@link ResourceUpdate} says
     * @throws StateException {@code container not running}
     * @throws JruncException when a limit is refused; those written before it are set back as far as possible
     */
    static void update(Session session, ContainerId id, Resources change, Optional<String> l3CacheSchema, Optional<String> memBwSchema)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            container.directory().lock(Deadlines.LOCK);
            if (container.status() == Status.STOPPED) {
                throw new StateException("container not running");
            }
            if (!container.hasCgroup()) {
                throw new HostException("container \"" + id + "\" has no cgroup of its own, so it has no limits");
            }
            Resources old = container.spec().linux().resources().orElse(Resources.NONE);
            Resources now = ResourceUpdate.merge(old, change);
            Optional<IntelRdt> rdt = rdt(container.spec().linux().intelRdt(), id, l3CacheSchema, memBwSchema);
            CgroupDriver cgroup = container.cgroup(session.notices()::warn);
            try {
                cgroup.update(now);
                rdt.ifPresent(schemas -> Resctrl.needed(MountTable.own()).update(schemas, id.text()));
            }
            catch (JruncException e) {
                restore(session, cgroup, old);
                throw e;
            }
            byte[] config = container.directory().config().orElseThrow(() -> new HostException("the saved config.json of container \"" + id + "\" is missing"));
            container.directory().saveConfig(ResourcesJson.replace(config, now, l3CacheSchema, memBwSchema));
        }
    }

    /** @throws HostException for a container that has no group: none can be made for it now */
    private static Optional<IntelRdt> rdt(Optional<IntelRdt> old, ContainerId id, Optional<String> l3CacheSchema, Optional<String> memBwSchema)
    {
        if (l3CacheSchema.isEmpty() && memBwSchema.isEmpty()) {
            return Optional.empty();
        }
        IntelRdt asked = old.orElseThrow(() -> new HostException("container \"" + id + "\" was made without linux.intelRdt: it has no group whose schemas could change"));
        return Optional.of(new IntelRdt(asked.closId(), List.of(), l3CacheSchema, memBwSchema, false));
    }

    private static void restore(Session session, CgroupDriver cgroup, Resources old)
    {
        try {
            cgroup.update(old);
        }
        catch (JruncException e) {
            session.notices().warn("setting back the limits of before failed, too: " + e.getMessage());
        }
    }
}
