package io.jrunc.lifecycle;

import io.jrunc.error.JruncException;
import io.jrunc.error.StateException;
import io.jrunc.host.Users;
import io.jrunc.spec.RuntimeSpecVersion;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.ContainerId;
import io.jrunc.state.Status;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container as {@code state} and {@code list} show it. Source: OCI runtime.md#state.
 *
 * @param pid 0 when stopped
 * @param status creating, created, running, paused or stopped
 * @param owner name of the user whose it is; empty for {@code state}
 */
public record ContainerView(String ociVersion, String id, int pid, String status, String bundle, String rootfs, Instant created,
        Map<String, String> annotations, String owner)
{
    /** @throws StateException {@code container does not exist} */
    static ContainerView of(Session session, ContainerId id)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            return view(container, "");
        }
    }

    /**
     * All containers of the state root, sorted by id. One that cannot be read is a remark; one that goes meanwhile is left out.
     *
     * @return empty = the root itself does not exist
     */
    static Optional<List<ContainerView>> all(Session session)
    {
        return session.store().ids().map(ids -> {
            List<ContainerView> views = new ArrayList<>();
            for (ContainerId id : ids) {
                // One that could not be read may have been finished meanwhile: only a second failure is worth a word.
                look(session, id, false).or(() -> made(session, id) ? look(session, id, true) : Optional.empty()).ifPresent(views::add);
            }
            return views;
        });
    }

    /** @param told a failure to read it is a remark */
    private static Optional<ContainerView> look(Session session, ContainerId id, boolean told)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            return Optional.of(view(container, Users.name(container.directory().owner())));
        }
        catch (JruncException e) {
            if (told && made(session, id)) {
                session.notices().warn("load container " + id + ": " + e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** False while it is only half made, and once it is gone. */
    private static boolean made(Session session, ContainerId id)
    {
        Optional<ContainerDirectory> found = session.store().find(id);
        if (found.isEmpty()) {
            return false;
        }
        try (ContainerDirectory directory = found.get()) {
            return directory.state().isPresent();
        }
        catch (JruncException e) {
            // A state that cannot be read is a state.
            return true;
        }
    }

    private static ContainerView view(ExistingContainer container, String owner)
    {
        Status status = container.status();
        return new ContainerView(RuntimeSpecVersion.SUPPORTED.text(), container.state().id().text(), status == Status.STOPPED ? 0 : container.state().pid(), status.word(),
                container.state().bundle(), container.state().rootfs(), container.state().created(), container.state().annotations(), owner);
    }
}
