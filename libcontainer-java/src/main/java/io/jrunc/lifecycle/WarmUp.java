package io.jrunc.lifecycle;

import io.jrunc.channel.Rehearsal;
import io.jrunc.host.ClientIdentity;
import io.jrunc.plan.Plan;
import io.jrunc.plan.PlanBuilder;
import io.jrunc.plan.PlanFacts;
import io.jrunc.plan.RunOptions;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecParser;
import io.jrunc.spec.SpecValidator;
import io.jrunc.state.ContainerId;
import io.jrunc.state.ContainerState;
import io.jrunc.state.Journal;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Goes through the code that every start of a container needs, with an example, and does nothing else: classes are there and, after
 * many rounds, compiled when the first command comes. Pure functions and a look at our own process; no file, cgroup or process is made.
 */
public final class WarmUp
{
    private static final PlanFacts.SourceFacts SOURCES = new PlanFacts.SourceFacts()
    {
        @Override
        public Kind kind(String path)
        {
            return Kind.DIRECTORY;
        }

        @Override
        public Optional<String> link(String path)
        {
            return Optional.empty();
        }
    };
    /** The kinds of things that a usual config.json holds, few of each. */
    private static final String CONFIG = """
            {"ociVersion": "1.3.0",
             "process": {"terminal": false, "user": {"uid": 0, "gid": 0}, "args": ["sh"], "env": ["PATH=/bin", "TERM=xterm"], "cwd": "/",
              "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]},
              "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}], "noNewPrivileges": true},
             "root": {"path": "rootfs", "readonly": true}, "hostname": "example",
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
              {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
              {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
              {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}],
             "linux": {"resources": {"devices": [{"allow": false, "access": "rwm"}]},
              "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
              "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]}}
            """;
    private static final String ID = "example";
    private static final String BUNDLE = "/example";
    private static final String ROOTFS = "/example/rootfs";
    private static final PlanFacts.Cgroups UNIFIED = new PlanFacts.Cgroups.Unified("/sys/fs/cgroup", Optional.of("/sys/fs/cgroup/example"), true, true);
    private static final PlanFacts.Cgroups SPLIT = new PlanFacts.Cgroups.Split(
            List.of(new PlanFacts.Hierarchy("memory", "memory", "/sys/fs/cgroup/memory/example"), new PlanFacts.Hierarchy("pids", "pids", "/sys/fs/cgroup/pids/example")), false, false);

    private final byte[] config;
    private final PlanFacts facts;
    private final int pid = (int) ProcessHandle.current().pid();

    private WarmUp(boolean unified)
    {
        this.config = CONFIG.getBytes(StandardCharsets.UTF_8);
        this.facts = new PlanFacts(ROOTFS, 0, false, true, false, 40, false, false, true, EnumSet.allOf(NamespaceType.class), List.of(), List.of(), unified ? UNIFIED : SPLIT, SOURCES);
    }

    /** @param unified plan for a host whose cgroups are all of version 2 */
    public static WarmUp with(boolean unified)
    {
        return new WarmUp(unified);
    }

    /** One round of what needs nothing of the host. */
    public void decide()
    {
        Spec spec = SpecParser.parse(config);
        SpecValidator.validate(spec, path -> true);
        SpecValidator.warnings(spec);
        RunOptions options = new RunOptions(ID, BUNDLE, RunOptions.Start.RUN, new RunOptions.Stdio.Piped(), false, false, true, 0, 0, Optional.empty());
        PlanBuilder.beginning(spec, options, facts);
        Plan plan = PlanBuilder.plan(spec, options, facts);
        Rehearsal.encode(plan);
        plan.environment().complete(new byte[0]);
        Map<String, String> paths = Map.of("memory", "/sys/fs/cgroup/memory/example", "pids", "/sys/fs/cgroup/pids/example");
        Journal.parse(Journal.line(new Journal.Entry.Cgroup(paths)));
        Journal.parse(Journal.line(new Journal.Entry.Init(1, 1)));
        ContainerState.parse(new ContainerState(new ContainerId(ID), BUNDLE, ROOTFS, 1, 1, Instant.EPOCH, Map.of(), paths, Optional.empty(), Map.of("pid", "/proc/1/ns/pid"), true, false, List.of()).json());
    }

    /** One look at ourselves, as at a caller. */
    public void look()
    {
        ClientIdentity.ofSelf(pid);
    }
}
