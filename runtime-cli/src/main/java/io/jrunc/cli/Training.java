package io.jrunc.cli;

import io.jrunc.lifecycle.Launcher;
import io.jrunc.lifecycle.Stage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The training run behind the AOT cache: what commands do at every start, done once with nothing at stake.
 *
 * <p>What is not exercised here still works, only slower: the JVM loads and links it when it is needed.
 */
final class Training
{
    /** These touch nothing, so they may name no root, as most callers do. */
    private static final List<List<String>> HARMLESS = List.of(List.of(), List.of("--version"), List.of("help", "run"), List.of("state", "nobody"));

    /** What managers run for each container. */
    private static final List<List<String>> FEW = List.of(
            List.of("run", "--bundle", "plain", "ID"), List.of("run", "--bundle", "unlimited", "ID"), List.of("create", "--bundle", "unlimited", "ID"),
            List.of("state", "ID"), List.of("exec", "ID", "true"), List.of("ps", "ID"), List.of("kill", "ID", "SIGKILL"), List.of("delete", "--force", "ID"), List.of("start", "ID"));

    /**
     * No rehearsal comes to these: to the first because the kernel takes a device filter for a real cgroup, and from root, only; to the
     * others because no init waits for "start".
     */
    private static final List<String> UNREACHED = List.of("io.jrunc.cgroup.v2.Unified", "io.jrunc.cgroup.v2.Unified$$Lambdas", "io.jrunc.os.BpfCalls$$Lambdas",
            "io.jrunc.lifecycle.StartContainer$1", "io.jrunc.lifecycle.StartContainer$$Lambdas", "io.jrunc.host.Report", "io.jrunc.host.MountTable", "io.jrunc.lifecycle.Outside");

    private static final List<List<String>> COMMANDS = List.of(
            List.of("run", "--bundle", "plain", "ID"),
            List.of("--debug", "--log", "log.json", "--log-format", "json", "create", "--bundle", "plain", "--pid-file", "pid", "ID"),
            List.of("state", "ID"),
            List.of("list"),
            List.of("list", "-f", "json"),
            List.of("exec", "-e", "A=b", "--user", "1:2", "--cap", "CAP_KILL", "ID", "true"),
            List.of("kill", "ID", "SIGKILL"),
            List.of("delete", "-f", "ID"),
            List.of("--rootless", "true", "run", "--bundle", "rootless", "ID"),
            List.of("delete", "-f", "ID"),
            List.of("run", "-d", "--bundle", "terminal", "--console-socket", "no.sock", "ID"),
            List.of("delete", "-f", "ID"),
            List.of("plan", "--bundle", "terminal", "ID"),
            List.of("start", "ID"), List.of("ps", "ID"), List.of("pause", "ID"), List.of("resume", "ID"), List.of("features"), List.of("gc"),
            List.of("events", "--stats", "--interval", "1s", "ID"), List.of("update", "--memory", "64m", "ID"),
            List.of("nonsense"), List.of("state", "--nonsense"), List.of("state"));

    private Training()
    {
    }

    /** For a resident engine, which loads its classes once: whatever a command may need. */
    static void everything(Path folder) throws IOException
    {
        HARMLESS.forEach(command -> rehearse(folder, command));
        bundle(folder, "terminal", List.of());
        bundle(folder, "rootless", List.of("--rootless"));
        bundle(folder, "plain", List.of());
        withoutTerminal(folder.resolve("plain/config.json"));
        withoutTerminal(folder.resolve("rootless/config.json"));
        for (Stage stage : Stage.values()) {
            stage.enter(folder);
            all(COMMANDS, folder);
        }
        loadAll();
    }

    /**
     * For a one-shot, which loads every class of its cache at each start, needed or not: a thousand classes less are 12 ms. Commands
     * that are not here take the classes that they need beside these from the jars.
     */
    static void few(Path folder) throws IOException
    {
        bundle(folder, "plain", List.of());
        bundle(folder, "unlimited", List.of());
        withoutTerminal(folder.resolve("plain/config.json"));
        withoutTerminal(folder.resolve("unlimited/config.json"));
        withoutLimits(folder.resolve("unlimited/config.json"));
        for (Stage stage : Stage.values()) {
            stage.enter(folder);
            all(FEW, folder);
        }
        UNREACHED.forEach(Training::load);
        new Practice().run();
    }

    private static void all(List<List<String>> commands, Path folder)
    {
        // The kernel knows the container by this name for a moment, as that of a cgroup.
        String id = "jrunc-training-" + ProcessHandle.current().pid();
        for (List<String> command : commands) {
            List<String> words = new ArrayList<>(List.of("--root", folder.resolve("state").toString()));
            command.forEach(word -> words.add(word.equals("ID") ? id : word));
            rehearse(folder, words);
        }
    }

    private static void bundle(Path folder, String name, List<String> options) throws IOException
    {
        Files.createDirectories(folder.resolve(name).resolve("rootfs"));
        List<String> words = new ArrayList<>(List.of("spec", "--bundle", name));
        words.addAll(options);
        rehearse(folder, words);
    }

    private static void withoutTerminal(Path config) throws IOException
    {
        Files.writeString(config, Files.readString(config).replace("\"terminal\": true", "\"terminal\": false")
                .replace("\"linux\": {", "\"linux\": {\"cgroupsPath\": \"/jrunc-training\","));
    }

    /** Device filters and mounts of cgroups need a kernel that knows the cgroup, and root: so the rest is played with every device and without the mount. */
    private static void withoutLimits(Path config) throws IOException
    {
        Files.writeString(config, Files.readString(config).replace("\"allow\": false", "\"allow\": true")
                .replaceFirst("(?s),\\s*\\{\\s*\"destination\": \"/sys/fs/cgroup\".*?\\]\\s*\\}", ""));
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
        for (Path jar : jars()) {
            try (JarFile file = new JarFile(jar.toFile())) {
                file.stream().map(JarEntry::getName).filter(name -> name.startsWith("io/jrunc/") && name.endsWith(".class") && !name.contains("-info"))
                        .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                        .forEach(Training::load);
            }
        }
    }

    private static List<Path> jars() throws IOException
    {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("jrunc.home"), "lib/app"))) {
            return files.toList();
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
