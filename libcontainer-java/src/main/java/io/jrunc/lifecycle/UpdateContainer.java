package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupDriver;
import io.jrunc.cgroup.ResourceUpdate;
import io.jrunc.error.HostException;
import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.spec.Resources;
import io.jrunc.spec.ResourcesJson;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

/** {@code update}: other limits for a container that has not ended. What it then has stands in its saved config.json. */
final class UpdateContainer
{
    private UpdateContainer() {}

    /**
     * @param change what is to be different; what it leaves out is kept or forgotten as {@link ResourceUpdate} says
     * @throws StateException {@code container not running}
     * @throws JruncException when a limit is refused; those written before it are set back as far as possible
     */
    static void update(Session session, ContainerId id, Resources change)
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
            CgroupDriver cgroup = container.cgroup();
            try {
                cgroup.update(now);
            }
            catch (JruncException e) {
                restore(session, cgroup, old);
                throw e;
            }
            byte[] config = container.directory().config().orElseThrow(() -> new HostException("the saved config.json of container \"" + id + "\" is missing"));
            container.directory().saveConfig(ResourcesJson.replace(config, now));
        }
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
