package io.jrunc.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An ordinary directory that looks like a cgroup to whoever does not ask the file system for its name. */
record FakeCgroup(Path directory)
{
    FakeCgroup with(String file, String... lines)
    {
        try {
            Files.createDirectories(directory.resolve(file).getParent());
            Files.writeString(directory.resolve(file), lines.length == 0 ? "" : String.join("\n", lines) + "\n");
            return this;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text(String file)
    {
        try {
            return Files.readString(directory.resolve(file));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CgroupDirectory open()
    {
        return new CgroupDirectory(CgroupRoot.unchecked(directory.getParent()), directory.getFileName().toString());
    }

    CgroupStats stats(Controller... controllers)
    {
        CgroupStats.Builder builder = new CgroupStats.Builder();
        CgroupDirectory opened = open();
        for (Controller controller : controllers) {
            controller.read(opened, builder);
        }
        return builder.build();
    }
}
