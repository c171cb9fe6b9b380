package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A user of this machine for one test class, with ranges of ids of its own and a runtime directory. It goes when the class ends;
 * one whose test run was killed goes at the next run.
 */
public final class UnprivilegedUser implements AutoCloseable
{
    private static final String PREFIX = "jrunc-it-";

    private final String name;
    private final int uid;
    private final int gid;
    private final Path runtimeDirectory;

    private UnprivilegedUser(String name, Path runtimeDirectory)
    {
        this.name = name;
        this.uid = Integer.parseInt(Host.capture("id", "-u", name).strip());
        this.gid = Integer.parseInt(Host.capture("id", "-g", name).strip());
        this.runtimeDirectory = runtimeDirectory;
    }

    public static UnprivilegedUser create()
    {
        Host.read("/etc/passwd").lines().map(line -> line.split(":")[0]).filter(UnprivilegedUser::isLeftOver).forEach(UnprivilegedUser::remove);
        String name = PREFIX + ProcessHandle.current().pid();
        // The ranges are useradd's to choose: those of other users must not be met.
        Host.capture("useradd", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/sh", name);
        try {
            UnprivilegedUser user = new UnprivilegedUser(name, Files.createTempDirectory("jrunc-run-").toRealPath());
            user.own(user.runtimeDirectory);
            return user;
        }
        catch (IOException e) {
            remove(name);
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isLeftOver(String name)
    {
        if (!name.matches(PREFIX + "[0-9]+")) {
            return false;
        }
        long owner = Long.parseLong(name.substring(PREFIX.length()));
        return owner == ProcessHandle.current().pid() || ProcessHandle.of(owner).isEmpty();
    }

    /** Another test run may have been quicker to take the same one away. */
    private static void remove(String name)
    {
        Host.capture("sh", "-c", "userdel --force \"$0\" || ! id \"$0\" 2>/dev/null", name);
    }

    public int uid()
    {
        return uid;
    }

    public int gid()
    {
        return gid;
    }

    /** The first id of its range for users and groups alike. */
    public long firstSubordinate(String file)
    {
        return Host.read(file).lines().filter(line -> line.startsWith(name + ":")).mapToLong(line -> Long.parseLong(line.split(":")[1])).findFirst()
                .orElseThrow(() -> new IllegalStateException("useradd gave " + name + " no range in " + file));
    }

    /** Its XDG_RUNTIME_DIR. */
    public Path runtimeDirectory()
    {
        return runtimeDirectory;
    }

    /** A command → the same as this user, without any privilege. */
    List<String> command(List<String> words)
    {
        List<String> all = new ArrayList<>(List.of("setpriv", "--reuid", name, "--regid", Integer.toString(gid), "--init-groups", "--"));
        all.addAll(words);
        return all;
    }

    /** A command → the same as root of a user namespace in which the user's ranges are mapped, as podman unshare makes one. */
    List<String> commandAsOuterRoot(List<String> words)
    {
        List<String> all = new ArrayList<>(List.of("unshare", "--user", "--map-auto", "--map-root-user", "--"));
        all.addAll(words);
        return command(all);
    }

    /** Gives the user a folder with all that is in it. */
    void own(Path folder)
    {
        Host.capture("chown", "-R", "-h", uid + ":" + gid, folder.toString());
    }

    /** Its processes end with it: the next user may get the same number. */
    @Override
    public void close()
    {
        Host.processesOf(uid).stream().map(found -> Long.parseLong(found.split(" ")[0])).flatMap(pid -> ProcessHandle.of(pid).stream())
                .forEach(ProcessHandle::destroyForcibly);
        Host.capture("rm", "-rf", runtimeDirectory.toString());
        remove(name);
    }
}
