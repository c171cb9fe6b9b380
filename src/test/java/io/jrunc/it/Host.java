package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What the machine shows: processes, mounts, cgroups. Read from /proc and /sys, never through jrunc.
 */
public final class Host
{
    private static List<String> applets = List.of();

    private Host() {}

    static synchronized List<String> busyboxApplets()
    {
        if (applets.isEmpty()) {
            applets = List.copyOf(capture("/bin/busybox", "--list").lines().toList());
        }
        return applets;
    }

    /** Standard output of a program that must succeed. */
    public static String capture(String... command)
    {
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String out = new String(process.getInputStream().readAllBytes());
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IllegalStateException(String.join(" ", command) + " ended with " + exit + ", having said: " + out);
            }
            return out;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static boolean unifiedCgroups()
    {
        return Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    }

    /** The machine's first process is systemd. */
    public static boolean systemd()
    {
        return Files.isDirectory(Path.of("/run/systemd/system"));
    }

    /** This machine has that cgroup controller, in whichever version. */
    public static boolean hasController(String name)
    {
        return unifiedCgroups() ? List.of(read("/sys/fs/cgroup/cgroup.controllers").strip().split(" ")).contains(name) : Files.exists(Path.of("/sys/fs/cgroup", name));
    }

    /** Directories of any cgroup hierarchy whose name contains {@code mark}. */
    public static List<String> cgroups(String mark)
    {
        List<String> found = new ArrayList<>();
        collect(Path.of("/sys/fs/cgroup"), mark, 0, found);
        return found;
    }

    /**
     * Makes a group in every hierarchy and gives it to a user, who may then make others in it; in the unified one, which comes first, there
     * is one {@code caller} for processes that are to be moved on.
     */
    public static List<Path> delegate(String name, int uid) throws IOException
    {
        Path top = Path.of("/sys/fs/cgroup");
        List<Path> roots = new ArrayList<>();
        if (unifiedCgroups()) {
            roots.add(top);
        }
        else {
            try (Stream<Path> entries = Files.list(top)) {
                entries.filter(entry -> Files.isDirectory(entry) && !Files.isSymbolicLink(entry)).forEach(roots::add);
            }
            roots.sort(Comparator.comparing(root -> !root.endsWith("unified")));
        }
        List<Path> groups = new ArrayList<>();
        for (Path root : roots) {
            Path group = Files.createDirectory(root.resolve(name));
            groups.add(group);
            for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
                if (!unifiedCgroups() && Files.exists(group.resolve(file))) {
                    Files.writeString(group.resolve(file), read(root.resolve(file).toString()));
                }
            }
            Files.createDirectory(group.resolve("caller"));
            for (String controller : unifiedCgroups() ? read(root.resolve("cgroup.controllers").toString()).strip().split(" ") : new String[0]) {
                Files.writeString(root.resolve("cgroup.subtree_control"), "+" + controller);
            }
            capture("chown", "-R", Integer.toString(uid), group.toString());
        }
        return groups;
    }

    /** Those below first. */
    public static void removeGroups(List<Path> groups) throws IOException
    {
        for (Path group : groups) {
            try (Stream<Path> tree = Files.walk(group)) {
                for (Path folder : tree.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                    removeGroup(folder);
                }
            }
        }
    }

    /** A process counts until it has ended altogether: whoever waited for the end of what it did may come too early. */
    private static void removeGroup(Path group) throws IOException
    {
        if (!Patience.until(() -> group.toFile().delete())) {
            Files.delete(group);
        }
    }

    private static void collect(Path folder, String mark, int depth, List<String> found)
    {
        if (depth > 5) {
            return;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(e -> Files.isDirectory(e) && !Files.isSymbolicLink(e)).toList()) {
                if (entry.getFileName().toString().contains(mark)) {
                    found.add(entry.toString());
                }
                collect(entry, mark, depth + 1, found);
            }
        }
        catch (IOException | UncheckedIOException e) {
            // It went away while we looked: not left over.
        }
    }

    /** Also what an engine is just looking into, or has not closed yet after the last command. */
    public static void unmount(Path place)
    {
        capture("umount", "--lazy", place.toString());
    }

    /** Lines of our own mount table that contain {@code mark}. */
    public static List<String> mounts(String mark)
    {
        return read("/proc/self/mountinfo").lines().filter(line -> line.contains(mark)).toList();
    }

    /** Processes whose root, cwd or command line contains {@code mark}, ourselves left out. */
    public static List<String> processes(String mark)
    {
        return processes(entry -> (link(entry, "root") + link(entry, "cwd") + text(entry, "cmdline") + text(entry, "cgroup")).contains(mark));
    }

    /** Processes of a user. */
    public static List<String> processesOf(int uid)
    {
        return processes(entry -> text(entry, "status").contains("\nUid:\t" + uid + "\t"));
    }

    private static List<String> processes(Predicate<Path> wanted)
    {
        List<String> found = new ArrayList<>();
        long self = ProcessHandle.current().pid();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.filter(e -> e.getFileName().toString().chars().allMatch(Character::isDigit)).toList()) {
                String pid = entry.getFileName().toString();
                if (Long.parseLong(pid) != self && !dead(entry) && wanted.test(entry)) {
                    found.add(pid + " " + text(entry, "cmdline").replace('\0', ' '));
                }
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** Ended, and waits for its parent: after a detached container that is the machine's first process, in its own time. */
    private static boolean dead(Path process)
    {
        String stat = text(process, "stat");
        return stat.startsWith(") Z ", stat.lastIndexOf(')'));
    }

    /** Entries of a directory. */
    public static int count(Path folder)
    {
        try (Stream<Path> entries = Files.list(folder)) {
            return (int) entries.count();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of what the links of a directory lead to whose text begins so; what goes meanwhile is left out. */
    public static List<Object> inodes(Path folder, String text)
    {
        List<Object> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                try {
                    if (Files.readSymbolicLink(entry).toString().startsWith(text)) {
                        found.add(Files.getAttribute(entry, "unix:ino"));
                    }
                }
                catch (NoSuchFileException gone) {
                    // A descriptor that was closed.
                }
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** A file's text; empty when it is gone. */
    public static String text(String file)
    {
        return text(Path.of("/"), file);
    }

    public static String read(String file)
    {
        try {
            return Files.readString(Path.of(file));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String link(Path folder, String name)
    {
        try {
            return Files.readSymbolicLink(folder.resolve(name)) + "\n";
        }
        catch (IOException e) {
            return "";
        }
    }

    private static String text(Path folder, String name)
    {
        try {
            return Files.readString(folder.resolve(name));
        }
        catch (IOException | UncheckedIOException e) {
            return "";
        }
    }
}
