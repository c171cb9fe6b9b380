package io.jrunc.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A fuse file system whose server answers nothing, until it goes. Nobody should look at its folder but the runtime under test. */
public final class DeadFileSystem implements AutoCloseable
{
    private final Path folder;
    private final Process server;

    private DeadFileSystem(Path folder, Process server)
    {
        this.folder = folder;
        this.server = server;
    }

    public static DeadFileSystem mount()
    {
        assumeTrue(Host.read("/proc/filesystems").contains("\tfuse\n") && Files.isReadable(Path.of("/dev/fuse")), "needs fuse");
        try {
            Path folder = Files.createTempDirectory("jrunc-dead-").toRealPath();
            String script = "exec 9<>/dev/fuse && mount -n -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 dead \"$0\" && echo mounted && read end";
            Process server = new ProcessBuilder("sh", "-c", script, folder.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            DeadFileSystem made = new DeadFileSystem(folder, server);
            assertThat(server.inputReader().readLine()).isEqualTo("mounted");
            return made;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path folder()
    {
        return folder;
    }

    @Override
    public void close()
    {
        server.destroyForcibly();
        // Whoever hangs in it comes back with an error now.
        Host.capture("umount", "-l", folder.toString());
        Host.capture("rmdir", folder.toString());
    }
}
