package io.jrunc.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process has open of what only a test and the code under it make: sockets, pipes, memory and the like, not files.
 *
 * <p>The JVM's own threads open files whenever they like, and close them: a jar for a class, one of /proc or /sys to see how much
 * memory there is before they compile something. A count of everything would now and then be one more or one less than it should be.
 */
public final class OpenDescriptors
{
    private OpenDescriptors() {}

    public static int count()
    {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return (int) descriptors.filter(descriptor -> !target(descriptor).startsWith("/") || target(descriptor).startsWith("/memfd:")).count();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code socket:[4711]}, {@code anon_inode:[eventfd]}; a path for a file, and for what has been closed meanwhile. */
    private static String target(Path descriptor)
    {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        }
        catch (IOException e) {
            return "/";
        }
    }
}
