package io.jrunc.plan;

import io.jrunc.plan.PlanFacts.Cgroups;
import io.jrunc.plan.PlanFacts.Hierarchy;
import io.jrunc.plan.PlanFacts.SourceFacts;
import io.jrunc.plan.PlanFacts.SourceFacts.Kind;
import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.IdMapping;
import io.jrunc.spec.NamespaceType;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Hosts and callers for plans in tests. */
final class Hosts
{
    static final String BUNDLE = "/bundles/web";
    static final String ROOTFS = BUNDLE + "/rootfs";
    private static final Set<NamespaceType> NAMESPACES = EnumSet.allOf(NamespaceType.class);
    static final Cgroups UNIFIED = new Cgroups.Unified("/sys/fs/cgroup", Optional.of("/sys/fs/cgroup/web"), true, true);
    static final Cgroups SPLIT = new Cgroups.Split(List.of(
            new Hierarchy("systemd", "name=systemd", "/sys/fs/cgroup/systemd/web"),
            new Hierarchy("cpu,cpuacct", "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/web"),
            new Hierarchy("memory", "memory", "/sys/fs/cgroup/memory/web")), true, false);
    static final Cgroups SYSTEMD = new Cgroups.Unified("/sys/fs/cgroup", Optional.of("/sys/fs/cgroup/system.slice/jrunc-web.scope"), false, true);
    static final Cgroups SYSTEMD_SPLIT = new Cgroups.Split(List.of(
            new Hierarchy("systemd", "name=systemd", "/sys/fs/cgroup/systemd/system.slice/jrunc-web.scope"),
            new Hierarchy("memory", "memory", "/sys/fs/cgroup/memory/system.slice/jrunc-web.scope")), true, true);
    static final SourceFacts SOURCES = new Sources(Map.of(
            "/proc/kcore", Kind.PROC_FILE,
            "/srv/data", Kind.DIRECTORY,
            "/bundles/web/data", Kind.DIRECTORY,
            "/etc/resolv.conf", Kind.FILE,
            "/proc", Kind.PROC_ROOT,
            "/proc/sys", Kind.PROC_DIRECTORY,
            "/sys", Kind.DIRECTORY,
            "/run/user/notify", Kind.DIRECTORY));

    private record Sources(Map<String, Kind> kinds) implements SourceFacts
    {
        @Override
        public Kind kind(String path)
        {
            return kinds.getOrDefault(path, path.startsWith("/sys/fs/cgroup/") ? Kind.DIRECTORY : Kind.MISSING);
        }

        @Override
        public Optional<String> link(String path)
        {
            return path.equals("/etc/localtime") ? Optional.of("../usr/share/zoneinfo/UTC") : Optional.empty();
        }
    }

    private Hosts()
    {
    }

    static PlanFacts root()
    {
        return root(UNIFIED);
    }

    static PlanFacts root(Cgroups cgroups)
    {
        return new PlanFacts(ROOTFS, 0, false, true, false, 40, false, false, true, NAMESPACES, List.of(), List.of(), cgroups, SOURCES);
    }

    static PlanFacts rootJoiningUsers()
    {
        List<IdMapping> ids = List.of(new IdMapping(0, 100000, 65536));
        return new PlanFacts(ROOTFS, 0, false, true, false, 40, false, false, true, NAMESPACES, ids, ids, UNIFIED, SOURCES);
    }

    static PlanFacts rootWithModules()
    {
        return new PlanFacts(ROOTFS, 0, false, true, false, 40, true, true, true, NAMESPACES, List.of(), List.of(), UNIFIED, SOURCES);
    }

    /** It has no mount_setattr(2), nor time namespaces. */
    static PlanFacts rootOfOldKernel()
    {
        return new PlanFacts(ROOTFS, 0, false, true, false, 37, false, false, false, EnumSet.complementOf(EnumSet.of(NamespaceType.TIME)), List.of(), List.of(), UNIFIED, SOURCES);
    }

    static PlanFacts user()
    {
        return new PlanFacts(ROOTFS, 1000, false, false, false, 40, false, false, true, NAMESPACES, List.of(), List.of(),
                new Cgroups.Unified("/sys/fs/cgroup", Optional.empty(), false, true), SOURCES);
    }

    static RunOptions options(Start start, Stdio stdio)
    {
        return new RunOptions("web", BUNDLE, start, stdio, false, false, true, 0, 0, Optional.empty());
    }

    static RunOptions create()
    {
        return options(Start.CREATE, new Stdio.Inherited());
    }

    static RunOptions run()
    {
        return options(Start.RUN, new Stdio.Piped());
    }
}
