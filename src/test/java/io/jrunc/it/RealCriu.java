package io.jrunc.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The machine's criu, if there is one that works: an old one may not know a new kernel. */
public final class RealCriu
{
    private static final Optional<Path> PROGRAM = look();

    private RealCriu() {}

    /** The first of PATH that says that it works here. */
    public static Optional<Path> program()
    {
        return PROGRAM;
    }

    private static Optional<Path> look()
    {
        return Arrays.stream((System.getenv("PATH") + ":/usr/local/sbin:/usr/sbin").split(":")).map(folder -> Path.of(folder, "criu"))
                .filter(Files::isExecutable).filter(RealCriu::works).findFirst();
    }

    private static boolean works(Path criu)
    {
        try {
            Process check = new ProcessBuilder(criu.toString(), "check").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return check.waitFor(60, TimeUnit.SECONDS) && check.exitValue() == 0;
        }
        catch (IOException e) {
            return false;
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
