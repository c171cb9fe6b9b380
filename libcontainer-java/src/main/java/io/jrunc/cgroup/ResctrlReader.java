package io.jrunc.cgroup;

import io.jrunc.cgroup.ResctrlStats.L3Cache;
import io.jrunc.cgroup.ResctrlStats.MemoryBandwidth;
import io.jrunc.cgroup.ResctrlStats.Traffic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads {@link ResctrlStats}. What cannot be read is left out with a warning, and the rest is told: a group may go at any moment.
 * Source: the kernel's Documentation/filesystems/resctrl.rst.
 */
final class ResctrlReader
{
    private static final String TOTAL = "mbm_total_bytes";
    private static final String LOCAL = "mbm_local_bytes";
    private static final String OCCUPANCY = "llc_occupancy";

    /** Answers of a counter that has nothing to say just now, which is no failure; that one says {@code Error}. */
    private static final Set<String> NOT_NOW = Set.of("Unavailable", "Unassigned");

    private final Path root;
    private final Consumer<String> warn;

    ResctrlReader(Path root, Consumer<String> warn)
    {
        this.root = root;
        this.warn = warn;
    }

    /** @param monitored the group whose counters are read: {@code group}, or one for monitoring in it */
    ResctrlStats read(Path group, Path monitored)
    {
        List<String> all = schemata(root);
        List<String> own = schemata(group);
        Set<String> events = events();
        List<Path> caches = events.isEmpty() ? List.of() : caches(monitored.resolve("mon_data"));
        List<Traffic> traffic = List.of();
        if (events.contains(TOTAL) || events.contains(LOCAL)) {
            traffic = caches.stream().map(cache -> new Traffic(traffic(events, cache, TOTAL), traffic(events, cache, LOCAL))).toList();
        }
        List<OptionalLong> occupancy = List.of();
        if (events.contains(OCCUPANCY)) {
            occupancy = caches.stream().map(cache -> number(cache.resolve(OCCUPANCY))).toList();
        }
        return new ResctrlStats(l3Cache(all, own), memoryBandwidth(all, own), own, traffic, occupancy);
    }

    private Optional<L3Cache> l3Cache(List<String> all, List<String> own)
    {
        Path info = root.resolve("info/L3");
        if (!Files.isDirectory(info)) {
            return Optional.empty();
        }
        Optional<String> mask = text(info.resolve("cbm_mask")).filter(text -> !text.isEmpty());
        return Optional.of(new L3Cache(mask, fact(info, "min_cbm_bits"), fact(info, "num_closids"), schema(all, "L3:"), schema(own, "L3:")));
    }

    private Optional<MemoryBandwidth> memoryBandwidth(List<String> all, List<String> own)
    {
        Path info = root.resolve("info/MB");
        if (!Files.isDirectory(info)) {
            return Optional.empty();
        }
        return Optional.of(new MemoryBandwidth(fact(info, "bandwidth_gran"), fact(info, "delay_linear"), fact(info, "min_bandwidth"), fact(info, "num_closids"),
                schema(all, "MB:"), schema(own, "MB:")));
    }

    /** An empty file is one empty line, as it always was in this output. */
    private List<String> schemata(Path group)
    {
        return text(group.resolve("schemata")).map(text -> List.of(text.split("\n"))).orElse(List.of());
    }

    /** Not by any part of a line: {@code SMBA:} has an MB in it. */
    private static Optional<String> schema(List<String> schemata, String resource)
    {
        return schemata.stream().map(String::strip).filter(line -> line.startsWith(resource)).findFirst();
    }

    /** What this processor counts, of what is told. */
    private Set<String> events()
    {
        Path info = root.resolve("info/L3_MON");
        if (!Files.isDirectory(info)) {
            return Set.of();
        }
        return text(info.resolve("mon_features")).orElse("").lines().filter(Set.of(TOTAL, LOCAL, OCCUPANCY)::contains).collect(Collectors.toUnmodifiableSet());
    }

    private List<Path> caches(Path counters)
    {
        try (Stream<Path> entries = Files.list(counters)) {
            // There may be counters of other things than caches, too.
            return entries.filter(entry -> entry.getFileName().toString().startsWith("mon_L3_")).sorted().toList();
        }
        catch (IOException e) {
            return unread(counters, e, List.of());
        }
        catch (UncheckedIOException e) {
            return unread(counters, e.getCause(), List.of());
        }
    }

    private OptionalLong traffic(Set<String> events, Path cache, String event)
    {
        return events.contains(event) ? number(cache.resolve(event)) : OptionalLong.of(0);
    }

    private long fact(Path info, String name)
    {
        return number(info.resolve(name)).orElse(0);
    }

    private OptionalLong number(Path file)
    {
        Optional<String> text = text(file).filter(answer -> !NOT_NOW.contains(answer));
        try {
            return text.isPresent() ? OptionalLong.of(Long.parseUnsignedLong(text.get())) : OptionalLong.empty();
        }
        catch (NumberFormatException e) {
            warn.accept(file + " says \"" + text.get() + "\" where a number belongs");
            return OptionalLong.empty();
        }
    }

    private Optional<String> text(Path file)
    {
        try {
            return Optional.of(Files.readString(file).strip());
        }
        catch (IOException e) {
            return unread(file, e, Optional.empty());
        }
    }

    private <T> T unread(Path file, IOException e, T instead)
    {
        warn.accept("cannot read " + file + ": " + Resctrl.reason(e));
        return instead;
    }
}
