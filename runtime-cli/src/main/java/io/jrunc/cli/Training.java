package io.jrunc.cli;

import io.jrunc.lifecycle.Launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The training run behind the AOT cache: what commands do at every start, done once with nothing at stake.
 *
 * <p>What is not exercised here still works, only slower: the JVM loads and links it when it is needed.
 */
final class Training
{
    /** These touch nothing, so they may name no root, as most callers do. */
    private static final List<List<String>> HARMLESS = List.of(List.of(), List.of("--version"), List.of("help", "run"), List.of("state", "nobody"));

    private static final List<List<String>> COMMANDS = List.of(
            List.of("spec"),
            List.of("--debug", "--log", "log.json", "--log-format", "json", "--systemd-cgroup", "state", "nobody"),
            List.of("--log", "log.text", "run", "--bundle", ".", "--pid-file", "pid", "-d", "web"),
            List.of("create", "--bundle", ".", "--no-pivot", "--console-socket", "tty.sock", "--preserve-fds", "2", "web"),
            List.of("exec", "-t", "-e", "A=b", "--user", "1:2", "--cap", "CAP_KILL", "web", "sh", "-c", "true"),
            List.of("start", "web"), List.of("kill", "web", "SIGKILL"), List.of("delete", "-f", "web"), List.of("list", "-f", "json"),
            List.of("list"), List.of("features"), List.of("plan", "web"), List.of("ps", "web"), List.of("pause", "web"),
            List.of("resume", "web"), List.of("events", "--stats", "--interval", "1s", "web"), List.of("update", "--memory", "64m", "web"),
            List.of("nonsense"), List.of("state", "--nonsense"), List.of("state"));

    private Training()
    {
    }

    static void run(Path folder) throws IOException
    {
        Files.createDirectories(folder.resolve("rootfs"));
        HARMLESS.forEach(command -> rehearse(folder, command));
        for (List<String> command : COMMANDS) {
            List<String> words = new ArrayList<>(List.of("--root", folder.resolve("state").toString()));
            words.addAll(command);
            rehearse(folder, words);
        }
        loadAll();
    }

    private static void rehearse(Path folder, List<String> words)
    {
        List<String> argv = new ArrayList<>(List.of(HelpText.PROGRAM));
        argv.addAll(words);
        try (Launcher launcher = Launcher.rehearsal(argv, folder.toString())) {
            Service.serve(launcher, Optional.empty());
        }
    }

    /** Classes that no rehearsal comes to are at least found and linked ahead. */
    private static void loadAll() throws IOException
    {
        for (String jar : System.getProperty("java.class.path").split(":")) {
            try (JarFile file = new JarFile(jar)) {
                file.stream().map(JarEntry::getName).filter(name -> name.startsWith("io/jrunc/") && name.endsWith(".class") && !name.contains("-info"))
                        .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                        .forEach(Training::load);
            }
        }
    }

    private static void load(String name)
    {
        try {
            Class.forName(name, false, Training.class.getClassLoader());
        }
        catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
