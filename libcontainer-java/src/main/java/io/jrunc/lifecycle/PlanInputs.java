package io.jrunc.lifecycle;

import io.jrunc.cgroup.CgroupPaths;
import io.jrunc.console.Stdio;
import io.jrunc.host.CgroupLayout;
import io.jrunc.host.CgroupMount;
import io.jrunc.host.HostFacts;
import io.jrunc.host.IdMaps;
import io.jrunc.host.SourceTrees;
import io.jrunc.plan.PlanFacts;
import io.jrunc.plan.RunOptions;
import io.jrunc.spec.ContainerProcess;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What a plan is told of the host and of the caller. The plan itself asks nobody. */
final class PlanInputs
{
    /** @param looking is told each path before it is looked at, which may take as long as its file system does, and "" afterwards */
    private record Sources(Consumer<String> looking) implements PlanFacts.SourceFacts
    {
        @Override
        public Kind kind(String path)
        {
            return kindOf(at(path, () -> SourceTrees.look(path)));
        }

        private static Kind kindOf(Optional<SourceTrees.Look> found)
        {
            return found.map(look -> look.procRoot() ? Kind.PROC_ROOT
                    : look.procfs() ? look.directory() ? Kind.PROC_DIRECTORY : Kind.PROC_FILE
                    : look.directory() ? Kind.DIRECTORY : Kind.FILE).orElse(Kind.MISSING);
        }

        @Override
        public Optional<String> link(String path)
        {
            return at(path, () -> SourceTrees.link(path));
        }

        private <T> T at(String path, Supplier<T> look)
        {
            looking.accept(path);
            try {
                return look.get();
            }
            finally {
                looking.accept("");
            }
        }
    }

    private PlanInputs() {}

    /**
     * @param own the container's cgroup in each hierarchy, as {@code CgroupDriver#paths} gives it; empty map = none
     * @param processFirst it is made around the process that the plan is for
     */
    static PlanFacts facts(Spec spec, String rootfs, Map<String, String> own, boolean processFirst)
    {
        return facts(spec, rootfs, own, processFirst, path -> { });
    }

    /** @param looking is told each source of a mount while it is looked at */
    static PlanFacts facts(Spec spec, String rootfs, Map<String, String> own, boolean processFirst, Consumer<String> looking)
    {
        HostFacts host = HostFacts.here();
        Optional<String> joined = spec.linux().joins(NamespaceType.USER);
        return new PlanFacts(rootfs, host.euid(), host.inUserNamespace(),
                host.euid() == 0 && !host.inUserNamespace() && host.recursiveAttributes(),
                IdMaps.setgroupsDenied(),
                host.lastCapability(), host.apparmor(), host.selinux(), host.recursiveAttributes(),
                kinds(host),
                joined.map(path -> mapping(path, "uid_map")).orElse(List.of()),
                joined.map(path -> mapping(path, "gid_map")).orElse(List.of()),
                cgroups(host, own, processFirst), new Sources(looking));
    }

    private static Set<NamespaceType> kinds(HostFacts host)
    {
        Set<NamespaceType> kinds = EnumSet.noneOf(NamespaceType.class);
        for (NamespaceType type : NamespaceType.values()) {
            if (host.namespaces().contains(type.procName())) {
                kinds.add(type);
            }
        }
        return kinds;
    }

    /** The map of a user namespace by its path: of a process in it if the path names one, else not known. */
    private static List<IdMapping> mapping(String path, String file)
    {
        return IdMaps.ofNamespace(path, file).map(text -> text.lines().map(line -> line.strip().split("\\s+"))
                .map(words -> new IdMapping(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]))).toList()).orElse(List.of());
    }

    private static PlanFacts.Cgroups cgroups(HostFacts host, Map<String, String> own, boolean processFirst)
    {
        CgroupLayout layout = host.cgroups();
        if (layout.kind() == CgroupLayout.Kind.V2) {
            CgroupMount mount = layout.mounts().getFirst();
            return new PlanFacts.Cgroups.Unified(mount.path().toString(), Optional.ofNullable(own.get("")), !processFirst,
                    host.initialCgroupNamespace() && mount.root().equals("/"));
        }
        List<PlanFacts.Hierarchy> hierarchies = new ArrayList<>();
        for (CgroupMount mount : layout.mounts()) {
            mount.controllers().stream().map(own::get).filter(path -> path != null).findFirst().ifPresent(path -> {
                String option = String.join(",", mount.controllers());
                hierarchies.add(new PlanFacts.Hierarchy(option.startsWith("name=") ? option.substring(5) : option, option, path));
            });
        }
        return new PlanFacts.Cgroups.Split(hierarchies, own.containsKey(""), processFirst);
    }

    static RunOptions.Stdio stdio(Stdio decision, ContainerProcess process, Caller caller)
    {
        int rows = process.consoleSize().map(size -> size.height()).orElse(0);
        int columns = process.consoleSize().map(size -> size.width()).orElse(0);
        return switch (decision) {
            case Stdio.Inherit() -> new RunOptions.Stdio.Inherited();
            case Stdio.Pipes() -> new RunOptions.Stdio.Piped();
            case Stdio.RelayedTerminal() -> new RunOptions.Stdio.Terminal(rows > 0 && columns > 0 ? rows : caller.rows(),
                    rows > 0 && columns > 0 ? columns : caller.columns(), Optional.empty());
            case Stdio.HandedTerminal(Path socket) -> new RunOptions.Stdio.Terminal(rows, columns, Optional.of(socket.toString()));
        };
    }
}
