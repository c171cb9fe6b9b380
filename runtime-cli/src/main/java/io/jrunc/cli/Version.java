package io.jrunc.cli;

import io.jrunc.spec.RuntimeSpecVersion;

/**
 * What {@code --version} says. The build passes its facts as system properties, in lib/jvm.options.
 */
final class Version
{
    private Version()
    {
    }

    static String jrunc()
    {
        return System.getProperty("jrunc.version", "0-development");
    }

    /**
     * One fact a line; go-runc and dockerd take the first three apart: {@code NAME version V}, {@code commit: C}, {@code spec: S}.
     */
    static String text(Surroundings host)
    {
        String commit = System.getProperty("jrunc.commit", "");
        return HelpText.PROGRAM + " version " + jrunc() + "\n"
                + (commit.isEmpty() ? "" : "commit: " + commit + "\n")
                + "spec: " + RuntimeSpecVersion.SUPPORTED + "\n"
                + "java: " + System.getProperty("java.version") + "\n"
                + host.libseccompVersion().map(version -> "libseccomp: " + version + "\n").orElse("");
    }
}
