package io.jrunc.state;

import static java.nio.file.attribute.PosixFilePermissions.asFileAttribute;
import static java.nio.file.attribute.PosixFilePermissions.fromString;

import io.jrunc.error.Diagnosis;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The state root: one directory per container, named after it. Making the directory is what decides who owns an id.
 *
 * @param root absolute; made 0700 when the first container needs it
 */
public record StateStore(Path root)
{
    /**
     * Makes the directory of a new container, 0711.
     *
     * @throws StateException when there is one of that name; nothing was changed then
     * @throws HostException when the root cannot be written
     */
    public ContainerDirectory create(ContainerId id)
    {
        Path path = root.resolve(id.text());
        try {
            Files.createDirectories(root, asFileAttribute(fromString("rwx------")));
            Files.createDirectory(path);
            Files.setPosixFilePermissions(path, fromString("rwx--x--x"));
        }
        catch (FileAlreadyExistsException e) {
            throw new StateException("container with given ID already exists: \"" + id + "\"");
        }
        catch (IOException e) {
            throw new HostException("cannot make the state directory " + path + ": " + ContainerDirectory.reason(e),
                    Diagnosis.NONE.withFix("give --root a directory that can be written"), e);
        }
        return ContainerDirectory.open(id, path).orElseThrow(() -> new StateException("container \"" + id + "\" was deleted while it was created"));
    }

    /** The directory of a container; empty = there is none of that name. */
    public Optional<ContainerDirectory> find(ContainerId id)
    {
        return ContainerDirectory.open(id, root.resolve(id.text()));
    }

    /** @throws StateException {@code container does not exist}, which managers look for */
    public ContainerDirectory get(ContainerId id)
    {
        return find(id).orElseThrow(() -> noSuchContainer(id));
    }

    public static StateException noSuchContainer(ContainerId id)
    {
        return new StateException("container does not exist: \"" + id + "\"");
    }

    /**
     * The ids that have a directory, sorted. Files, and names that are no ids, are passed over.
     *
     * @return empty = the root itself does not exist
     * @throws HostException when it cannot be read
     */
    public Optional<List<ContainerId>> ids()
    {
        List<ContainerId> ids = new ArrayList<>();
        try (Stream<Path> entries = Files.list(root)) {
            for (Path entry : entries.sorted().toList()) {
                String name = entry.getFileName().toString();
                if (ContainerId.valid(name) && Files.isDirectory(entry)) {
                    ids.add(new ContainerId(name));
                }
            }
            return Optional.of(ids);
        }
        catch (NoSuchFileException e) {
            return Optional.empty();
        }
        catch (NotDirectoryException e) {
            throw new HostException("the state root " + root + " is not a directory", e);
        }
        catch (IOException e) {
            throw new HostException("cannot read the state root " + root + ": " + ContainerDirectory.reason(e), e);
        }
    }
}
