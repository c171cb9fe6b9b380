package io.jrunc.lifecycle;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.error.UsageException;
import io.jrunc.host.CallerFile;
import io.jrunc.spec.JsonTree;
import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecValidator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * A bundle as it was read: the bytes of its config.json and what they mean.
 *
 * @param folder absolute
 * @param config the bytes, kept with the container: later changes of the file have no effect on it
 * @param rootfs canonical absolute path
 */
record Bundle(Path folder, byte[] config, Spec spec, String rootfs)
{
    private static final String CONFIG = "config.json";
    private static final ReadSpecs READ = new ReadSpecs();

    /**
     * Reads and checks everything that can be known before anything is touched.
     *
     * @param gone the caller waits no more
     * @throws UsageException when there is no bundle
     * @throws SpecException with every fault of the configuration
     */
    static Bundle load(Path folder, BooleanSupplier gone)
    {
        return read(folder, gone, (config, looks) -> {
            Spec spec = parse(config, gone);
            Path root = folder.resolve(spec.root().path()).normalize();
            return new Bundle(folder, config, spec, looks.atDirectory(root, () -> canonical(root)));
        });
    }

    /** Of a container that exists, or an example. */
    static Spec parse(byte[] config)
    {
        return parse(config, () -> false);
    }

    private static Spec parse(byte[] config, BooleanSupplier gone)
    {
        Spec spec = READ.parse(config);
        SpecValidator.validate(spec, path -> HostNetwork.isAnother(path, gone));
        return spec;
    }

    static byte[] read(Path folder, BooleanSupplier gone)
    {
        return read(folder, gone, (config, looks) -> config);
    }

    private static <T> T read(Path folder, BooleanSupplier gone, CallerFile.Reader<T> reader)
    {
        try {
            // One byte more than may be: who parses it will say so.
            return CallerFile.read(folder.resolve(CONFIG), JsonTree.MAX_BYTES + 1, gone, reader);
        }
        catch (ErrnoException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
                throw new UsageException("JSON specification file config.json not found in " + folder, e);
            }
            throw new HostException("cannot read " + folder.resolve(CONFIG) + ": " + e.getMessage(), e);
        }
    }

    /** The root must be a directory and no link: who could swap the link could choose what is mounted over. */
    private static String canonical(Path clean)
    {
        try {
            Path real = clean.toRealPath();
            if (!Files.isDirectory(real)) {
                throw new SpecException("root.path", "invalid rootfs: " + clean + " is not a directory");
            }
            if (Files.isSymbolicLink(clean)) {
                throw new SpecException("root.path", "invalid rootfs: not an absolute path, or a symlink: " + clean);
            }
            return real.toString();
        }
        catch (NoSuchFileException e) {
            throw new SpecException("root.path", "invalid rootfs: " + clean + " does not exist: no such file or directory");
        }
        catch (IOException e) {
            throw new HostException("cannot look at the rootfs " + clean + ": " + e.getMessage(), e);
        }
    }
}
