package io.jrunc.cgroup;

import io.jrunc.error.HostException;
import io.jrunc.host.MountTable;
import io.jrunc.spec.IntelRdt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Groups of the resctrl file system: which part of the cache and of the memory's bandwidth a container may use, and how much of both
 * it does. Source: OCI config-linux.md#intelrdt; the kernel's Documentation/filesystems/resctrl.rst.
 *
 * <p><b>Errors</b>: {@link HostException} with the kernel's own last words. What was made until then was announced before.
 */
public final class Resctrl
{
    /** mkdir(2); in tests with the files that the kernel puts there. */
    interface Mkdir
    {
        void make(Path folder) throws IOException;
    }

    private static final String FIELD = "linux.intelRdt";
    private static final String WHOLE = "/";

    private final Path root;
    private final Mkdir mkdir;

    Resctrl(Path root, Mkdir mkdir)
    {
        this.root = root;
        this.mkdir = mkdir;
    }

    /** The mounted one, wherever that is. @param mountinfo text of /proc/self/mountinfo */
    public static Optional<Resctrl> mounted(String mountinfo)
    {
        return MountTable.mountPoint(mountinfo, "resctrl").map(place -> new Resctrl(place, Files::createDirectory));
    }

    /** As {@link #mounted}, for a container that asked for it. */
    public static Resctrl needed(String mountinfo)
    {
        return mounted(mountinfo).orElseThrow(() -> new HostException(FIELD + " is set, but no resctrl file system is mounted: this kernel or processor does not have it, or nobody mounted it"));
    }

    /**
     * Makes a process a member of the group that the container asks for, and the group what it asks for.
     *
     * @param intent told of each folder that is the container's own, before it is made: it goes with the container
     */
    public void join(IntelRdt asked, String id, int pid, Consumer<Path> intent)
    {
        checkSupport(asked);
        Path group = group(asked, id);
        List<String> schemata = schemata(asked);
        if (!Files.isDirectory(group)) {
            if (asked.closId().isPresent() && schemata.isEmpty()) {
                throw new HostException(FIELD + ".closID: there is no group \"" + asked.closId().get() + "\" in " + root + ", and nothing that says what it should be");
            }
            if (asked.closId().isEmpty()) {
                intent.accept(group);
            }
            make(group);
        }
        else if (asked.closId().isPresent()) {
            checkSame(asked, group);
        }
        if (!schemata.isEmpty()) {
            write(group.resolve("schemata"), String.join("\n", schemata) + "\n");
        }
        write(group.resolve("tasks"), Integer.toString(pid));
        if (asked.enableMonitoring()) {
            Path monitor = monitor(group, id);
            intent.accept(monitor);
            make(monitor);
            write(monitor.resolve("tasks"), Integer.toString(pid));
        }
    }

    /** One more process of a container. */
    public void add(IntelRdt asked, String id, int pid)
    {
        Path group = group(asked, id);
        write(group.resolve("tasks"), Integer.toString(pid));
        if (asked.enableMonitoring()) {
            write(monitor(group, id).resolve("tasks"), Integer.toString(pid));
        }
    }

    /** Other schemas for the group that a container is in. @param change with the container's closID, and only what is new */
    public void update(IntelRdt change, String id)
    {
        checkSupport(change);
        write(group(change, id).resolve("schemata"), String.join("\n", schemata(change)) + "\n");
    }

    /**
     * What the kernel says of the group that a container is in. A group for monitoring counts the container alone, any other counts
     * whoever else is in it, too.
     *
     * @param warn told of each file that could not be read; what it has is left out, which is all that can fail here
     */
    public ResctrlStats stats(IntelRdt asked, String id, Consumer<String> warn)
    {
        Path group = group(asked, id);
        return new ResctrlReader(root, warn).read(group, asked.enableMonitoring() ? monitor(group, id) : group);
    }

    /** Takes a group away that {@link #join} announced; one that is gone, or was never made, is no error. */
    public static void remove(Path group)
    {
        try {
            Files.deleteIfExists(group);
        }
        catch (DirectoryNotEmptyException e) {
            // No kernel says that of a group: what stands there is none.
            throw new HostException("cannot remove the resctrl group " + group + ": it is an ordinary folder with files in it", e);
        }
        catch (IOException e) {
            throw new HostException("cannot remove the resctrl group " + group + ": " + e.getMessage(), e);
        }
    }

    private Path group(IntelRdt asked, String id)
    {
        String name = asked.closId().orElse(id);
        return name.equals(WHOLE) ? root : root.resolve(name);
    }

    private static Path monitor(Path group, String id)
    {
        return group.resolve("mon_groups").resolve(id);
    }

    private void checkSupport(IntelRdt asked)
    {
        // With separate code and data (CDP) the cache has two other names.
        if (asked.l3CacheSchema().isPresent() && !Files.exists(root.resolve("info/L3")) && !Files.exists(root.resolve("info/L3CODE"))) {
            throw new HostException(FIELD + ".l3CacheSchema is set, but this processor does not allocate its L3 cache (no CAT)");
        }
        if (asked.memBwSchema().isPresent() && !Files.exists(root.resolve("info/MB"))) {
            throw new HostException(FIELD + ".memBwSchema is set, but this processor does not allocate memory bandwidth (no MBA)");
        }
    }

    /** In the order in which they are written; the first line of two for one resource would be lost. */
    private static List<String> schemata(IntelRdt asked)
    {
        List<String> lines = new ArrayList<>();
        asked.l3CacheSchema().filter(line -> !line.isEmpty()).ifPresent(lines::add);
        asked.memBwSchema().filter(line -> !line.isEmpty()).ifPresent(lines::add);
        lines.addAll(asked.schemata());
        return lines;
    }

    /** A group with a name is shared: changing it would change others. */
    private static void checkSame(IntelRdt asked, Path group)
    {
        List<String> wanted = new ArrayList<>();
        asked.l3CacheSchema().ifPresent(wanted::add);
        asked.memBwSchema().ifPresent(wanted::add);
        if (wanted.isEmpty()) {
            return;
        }
        Map<String, Map<String, String>> present = new TreeMap<>();
        read(group.resolve("schemata")).lines().forEach(line -> present.putAll(parse(line)));
        for (String line : wanted) {
            parse(line).forEach((resource, domains) -> domains.forEach((domain, value) -> {
                String has = present.getOrDefault(resource, Map.of()).getOrDefault(domain, "nothing");
                if (!has.equals(value)) {
                    throw new HostException(FIELD + ".closID: the group \"" + group.getFileName() + "\" exists with other values: " + resource + " of domain " + domain
                            + " is " + has + " there, not " + value);
                }
            }));
        }
    }

    /** {@code L3:0=0ff;1=f0} → L3 → {0=ff, 1=f0}; what is no such line gives nothing. */
    private static Map<String, Map<String, String>> parse(String line)
    {
        int colon = line.indexOf(':');
        if (colon < 0) {
            return Map.of();
        }
        Map<String, String> domains = new TreeMap<>();
        for (String part : line.substring(colon + 1).split(";")) {
            String[] sides = part.strip().split("=", 2);
            if (sides.length == 2) {
                domains.put(sides[0].strip(), sides[1].strip().toLowerCase(Locale.ROOT).replaceFirst("^0+(?=.)", ""));
            }
        }
        return Map.of(line.substring(0, colon).strip(), domains);
    }

    private void make(Path group)
    {
        try {
            mkdir.make(group);
        }
        catch (FileAlreadyExistsException e) {
            // Somebody else asked for the same named group at the same time.
        }
        catch (IOException e) {
            throw failed("make the resctrl group " + group, e);
        }
    }

    private void write(Path file, String text)
    {
        // At once: each write is a command to the kernel.
        try {
            Files.write(file, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
        }
        catch (IOException e) {
            throw failed("write \"" + text.strip().replace("\n", "\\n") + "\" to " + file, e);
        }
    }

    private static String read(Path file)
    {
        try {
            return Files.readString(file);
        }
        catch (IOException e) {
            throw new HostException(FIELD + ": cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private HostException failed(String what, IOException e)
    {
        String said;
        try {
            said = Files.readString(root.resolve("info/last_cmd_status")).strip();
        }
        catch (IOException none) {
            said = "";
        }
        return new HostException(FIELD + ": cannot " + what + ": " + reason(e) + (said.isEmpty() || said.equals("ok") ? "" : " (last_cmd_status: " + said + ")"), e);
    }

    static String reason(IOException e)
    {
        return e instanceof NoSuchFileException ? "no such file or directory" : e.getMessage();
    }
}
