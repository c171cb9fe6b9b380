package io.jrunc.host;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class RootPathTest
{
    @TempDir
    Path folder;

    @Test
    void linksAreFollowedAndNeverOut() throws IOException
    {
        Path root = Files.createDirectories(folder.resolve("rootfs")).toRealPath();
        Files.createDirectories(root.resolve("real/conf"));
        Files.createSymbolicLink(root.resolve("conf"), Path.of("/real/conf"));
        Files.createSymbolicLink(root.resolve("out"), Path.of("../../../../only-inside"));
        Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));
        assertThat(RootPath.resolve(root.toString(), "/conf")).isEqualTo("/real/conf");
        assertThat(RootPath.resolve(root.toString(), "/conf/new/file")).isEqualTo("/real/conf/new/file");
        assertThat(RootPath.resolve(root.toString(), "/real/../conf")).isEqualTo("/real/conf");
        assertThat(RootPath.resolve(root.toString(), "/none/at/all")).isEqualTo("/none/at/all");
        assertThat(RootPath.resolve(root.toString(), "/loop/x")).isEqualTo("/loop/x");
        Files.createDirectory(root.resolve("only-inside"));
        assertThat(RootPath.resolve(root.toString(), "/out/passwd")).isEqualTo("/only-inside/passwd");
        assertThat(RootPath.resolve(root.toString(), "/")).isEqualTo("/");
        assertThat(RootPath.resolve(folder.resolve("missing").toString(), "/data")).isEqualTo("/data");
    }
}
