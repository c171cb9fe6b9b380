package io.jrunc.criu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.spec.GoJson;
import io.jrunc.spec.JsonTree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

    private Descriptors() {}

    /** @param names of 0, 1 and 2, as the links in /proc/PID/fd have them */
    public static void write(Path images, List<String> names)
    {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        names.forEach(array::add);
        Path file = images.resolve(FILE);
        try {
            // Not over what is there: it may be a link.
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, GoJson.line(array));
        }
        catch (IOException e) {
            throw new HostException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /** Gives every pipe of theirs the stream of the same number. @throws HostException when the file is missing or broken */
    public static void inherit(Path images, CriuOptions options)
    {
        Path file = images.resolve(FILE);
        List<String> names = new ArrayList<>();
        try {
            JsonTree.read(Files.readAllBytes(file)).forEach(name -> names.add(name.asText()));
        }
        catch (NoSuchFileException e) {
            throw new HostException("cannot read " + file + ", which belongs to the images of a checkpoint: no such file or directory", e);
        }
        catch (IOException | SpecException e) {
            throw new HostException("cannot read " + file + ", which belongs to the images of a checkpoint: " + e.getMessage(), e);
        }
        for (int i = 0; i < Math.min(names.size(), 3); i++) {
            if (names.get(i).contains(PIPE)) {
                options.inherit(names.get(i), i);
            }
        }
    }
}
