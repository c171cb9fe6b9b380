package io.jrunc.criu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.spec.GoJson;
import io.jrunc.spec.JsonTree;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the streams of a container led to when it was made, beside its images: pipes are found by these names when it is restored,
 * and replaced by the new streams.
 */
public final class Descriptors
{
    private static final String FILE = "descriptors.json";
    private static final String PIPE = "pipe:";
    /** Bytes; each of three names is a path at most. */
    private static final int MOST = 65536;

    private Descriptors() {}

    /** @param names of 0, 1 and 2, as the links in /proc/PID/fd have them */
    public static void write(Path images, List<String> names)
    {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        names.forEach(array::add);
        Path file = images.resolve(FILE);
        try {
            // Not over what is there, it may be a link; nor by name a second time, it may be one by then.
            Files.deleteIfExists(file);
            try (Fd fd = FileCalls.open(file.toString(), FileCalls.O_WRONLY | FileCalls.O_CREAT | FileCalls.O_EXCL, 0600)) {
                FileCalls.write(fd, GoJson.line(array).getBytes(StandardCharsets.UTF_8));
            }
        }
        catch (IOException | ErrnoException e) {
            throw new HostException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /** Gives every pipe of theirs the stream of the same number. @throws HostException when the file is missing or broken */
    public static void inherit(Path images, CriuOptions options)
    {
        Path file = images.resolve(FILE);
        List<String> names = new ArrayList<>();
        // Whatever lies there by that name, nobody waits for it, and no more is read than such a file can have.
        try (Fd fd = FileCalls.open(file.toString(), FileCalls.O_RDONLY | FileCalls.O_NONBLOCK, 0)) {
            JsonTree.read(FileCalls.read(fd, MOST)).forEach(name -> names.add(name.asText()));
        }
        catch (ErrnoException e) {
            throw broken(file, Errno.text(e.errno()), e);
        }
        catch (SpecException e) {
            throw broken(file, e.getMessage(), e);
        }
        for (int i = 0; i < Math.min(names.size(), 3); i++) {
            if (names.get(i).contains(PIPE)) {
                options.inherit(names.get(i), i);
            }
        }
    }

    private static HostException broken(Path file, String why, RuntimeException cause)
    {
        return new HostException("cannot read " + file + ", which belongs to the images of a checkpoint: " + why, cause);
    }
}
