package io.jrunc.cli;

import io.jrunc.error.HostException;
import io.jrunc.error.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The directory below which every container has its own.
 *
 * @param given named by {@code --root}: a missing one is then worth an error in {@code list}
 * @param shared below {@code XDG_RUNTIME_DIR}: made 01700, because cleaners of that place skip what is sticky
 */
record StateRoot(Path path, boolean given, boolean shared)
{
    private static final int STICKY_AND_OURS = 01700;
    private static final Path SYSTEM = Path.of("/run", HelpText.PROGRAM);

    /**
     * @param option the value of {@code --root}, if it was given
     * @param inUserNamespace the caller is inside one, so its root is not the machine's
     * @throws UsageException the value means {@code /}
     */
    static StateRoot of(Optional<String> option, Invocation caller, boolean inUserNamespace)
    {
        if (option.isPresent()) {
            Path path = caller.path(option.get()).normalize();
            if (path.getNameCount() == 0) {
                throw new UsageException("Option --root argument should not be set to /");
            }
            return new StateRoot(path, true, false);
        }
        Optional<String> runtimeDir = caller.variable("XDG_RUNTIME_DIR");
        // The machine's root keeps to /run even when a login session has set the variable.
        boolean rootless = caller.euid() != 0 || inUserNamespace && !caller.variable("USER").equals(Optional.of("root"));
        return rootless && runtimeDir.isPresent()
                ? new StateRoot(Path.of(runtimeDir.get(), HelpText.PROGRAM).normalize(), false, true)
                : new StateRoot(SYSTEM, false, false);
    }

    /** Makes the root that is shared with other programs' files, with the mark that keeps cleaners away from it. */
    void prepare()
    {
        if (!shared) {
            return;
        }
        try {
            // Never open to others, not even for the moment before it gets its mode.
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.setAttribute(path, "unix:mode", STICKY_AND_OURS);
        }
        catch (IOException e) {
            throw new HostException("root directory " + path + " is not writable: " + e.getMessage() + "; set XDG_RUNTIME_DIR or give --root", e);
        }
    }
}
