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
import java.time.Duration;
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
    /** Whatever lies in it for the container, such as a socket, can be reached by its users; nothing can be listed. */
    private static final int MODE = 0711;

    /** How often somebody who collects garbage may take an empty directory from us before we call it an error. */
    private static final int TRIES = 100;

    /**
     * Makes the directory of a new container, 0711, and locks it.
     *
     * @param patience how long another command, which can only be one that looks or deletes, may hold it
     * @throws StateException when there is one of that name; nothing was changed then
     * @throws HostException when the root cannot be written
     */
    public ContainerDirectory create(ContainerId id, Duration patience)
    {
        for (int i = 0; i < TRIES; i++) {
            Optional<ContainerDirectory> made = make(id).filter(directory -> lock(directory, patience));
            if (made.isPresent()) {
                made.get().changeMode(MODE);
                return made.get();
            }
        }
        throw new StateException("container \"" + id + "\" was deleted again and again while it was created");
    }

    /** Between mkdir and flock it is empty and nobody's: who takes it for a leftover may. @return false = it was, and is closed */
    private static boolean lock(ContainerDirectory directory, Duration patience)
    {
        boolean there = false;
        try {
            there = directory.lockIfThere(patience);
        }
        finally {
            if (!there) {
                directory.close();
            }
        }
        return there;
    }

    private Optional<ContainerDirectory> make(ContainerId id)
    {
        Path path = root.resolve(id.text());
        try {
            try {
                Files.createDirectory(path, asFileAttribute(fromString("rwx------")));
            }
            catch (NoSuchFileException firstOfItsRoot) {
                Files.createDirectories(root, asFileAttribute(fromString("rwx------")));
                Files.createDirectory(path, asFileAttribute(fromString("rwx------")));
            }
        }
        catch (FileAlreadyExistsException e) {
            throw new StateException("container with given ID already exists: \"" + id + "\"");
        }
        catch (IOException e) {
            throw new HostException("cannot make the state directory " + path + ": " + ContainerDirectory.reason(e),
                    Diagnosis.NONE.withFix("give --root a directory that can be written"), e);
        }
        return ContainerDirectory.open(id, path);
    }

    /** Where a container's program finds the socket to say that it is ready, if there is one; see {@link ContainerDirectory#makeNotify}. */
    public Path notifyPath(ContainerId id)
    {
        return ContainerDirectory.notifyPath(root.resolve(id.text()));
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
