package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The options before the verb.
 *
 * @param rootless whether to go on without the right to write cgroups; empty = decide by trying
 */
record Globals(boolean debug, Optional<String> log, LogFormat format, StateRoot root, boolean systemdCgroup, Optional<Boolean> rootless)
{
    static Words words()
    {
        return Words.command(HelpText.PROGRAM, "Open Container Initiative runtime")
                .synopsis("[global options] command [command options] [arguments...]")
                .about("""
                        jrunc creates and runs containers from bundles: directories with a root
                        filesystem and a config.json that says how its program is to run, in the format
                        of the Open Container Initiative. It does what runc does, with the same words.

                        To run the bundle in the current directory as a container named "web":

                            jrunc run web

                        "jrunc spec" writes a config.json to begin with.""".split("\n"))
                .flag("--debug", "write debug records to the log")
                .text("--log", "append log records to this file instead of standard error")
                .text("--log-format", "how log records look: text or json", "text")
                .text("--root", "directory for the state of containers, best on a tmpfs", "/run/jrunc")
                .flag("--systemd-cgroup", "let systemd make the cgroups; cgroupsPath must then be slice:prefix:name")
                .text("--rootless", "go on without permission for cgroups: true, false or auto", "auto")
                .flag("--help, -h", "show help")
                .flag("--version, -v", "print the version")
                .stopAtFirstArgument();
    }

    static Globals of(Parsed parsed, Invocation caller, boolean inUserNamespace)
    {
        return new Globals(parsed.flag("--debug"), parsed.text("--log").filter(path -> !path.isEmpty()),
                LogFormat.named(parsed.text("--log-format").orElse("text")),
                StateRoot.of(parsed.text("--root"), caller, inUserNamespace),
                parsed.flag("--systemd-cgroup"), rootless(parsed.text("--rootless").orElse("auto")));
    }

    /** The same as words, for a command of ours that starts in another directory. */
    List<String> again(Invocation caller)
    {
        List<String> words = new ArrayList<>(List.of("--root", root.path().toString(), "--log-format", format.name().toLowerCase(Locale.ROOT)));
        if (debug) {
            words.add("--debug");
        }
        log.ifPresent(file -> words.addAll(List.of("--log", Path.of(caller.cwd()).resolve(file).toString())));
        rootless.ifPresent(wanted -> words.addAll(List.of("--rootless", wanted.toString())));
        return words;
    }

    private static Optional<Boolean> rootless(String word)
    {
        if (word.equalsIgnoreCase("auto")) {
            return Optional.empty();
        }
        try {
            return Optional.of(GoValues.bool(word));
        }
        catch (IllegalArgumentException e) {
            throw new UsageException("invalid value " + GoValues.quote(word) + " for --rootless: it is true, false or auto");
        }
    }
}
