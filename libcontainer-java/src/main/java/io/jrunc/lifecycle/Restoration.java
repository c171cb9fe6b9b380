package io.jrunc.lifecycle;

import io.jrunc.channel.Deadline;
import io.jrunc.channel.SlotFd;
import io.jrunc.criu.CriuOptions;
import io.jrunc.criu.CriuRequest;
import io.jrunc.criu.CriuResponse;
import io.jrunc.criu.Descriptors;
import io.jrunc.error.BugException;
import io.jrunc.error.Exhausted;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.host.CallerCgroups;
import io.jrunc.host.HostProcess;
import io.jrunc.host.Namespaces;
import io.jrunc.host.RootPath;
import io.jrunc.os.Fd;
import io.jrunc.plan.CriuPlanBuilder;
import io.jrunc.plan.ExternalMounts;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.plan.Plan;
import io.jrunc.plan.PlanFacts;
import io.jrunc.plan.RunOptions;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.plan.Slots;
import io.jrunc.spec.HookKind;
import io.jrunc.spec.Namespace;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;
import io.jrunc.state.ContainerDirectory;
import io.jrunc.state.Journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code restore}, where it differs from {@code run}: between the clone and the running container stands criu, which makes the
 * processes and all that is in the images. The rest is {@link LaunchContainer}'s.
 */
final class Restoration
{
    private static final String LOG = "restore.log";
    private static final int STREAMS = 3;
    private static final byte[] MASTER = "orphan-pts-master".getBytes(StandardCharsets.US_ASCII);
    private static final int SECURITY_MAJOR = 3;
    private static final int SECURITY_MINOR = 16;

    private final Session session;
    private final RestoreRequest request;
    private final Bundle bundle;
    private final HookRunner hooks;
    private Optional<RunOptions> options = Optional.empty();
    private Optional<PlanFacts> facts = Optional.empty();
    private boolean adopted;

    Restoration(Session session, RestoreRequest request, Bundle bundle, HookRunner hooks)
    {
        this.session = session;
        this.request = request;
        this.bundle = bundle;
        this.hooks = hooks;
    }

    private Spec spec()
    {
        return bundle.spec();
    }

    /** Before anything is touched. */
    void check()
    {
        CriuProcess.program(session);
        if (!Files.isDirectory(request.choices().imagePath())) {
            throw new HostException("cannot restore from " + request.choices().imagePath() + ": "
                    + (Files.exists(request.choices().imagePath()) ? "not a directory" : "no such file or directory"));
        }
        request.choices().workPath().ifPresent(path -> CriuSettings.makeDirectory(path, "--work-path"));
    }

    Plan plan(RunOptions wanted, PlanFacts here)
    {
        options = Optional.of(wanted);
        facts = Optional.of(here);
        return CriuPlanBuilder.restore(spec(), wanted, here);
    }

    /** The prepared process becomes criu, and what criu has restored takes its place. */
    void carryOut(Construction construction, NewContainer setting, ContainerDirectory directory)
    {
        directory.begin(new Journal.Entry.Criu());
        Map<NamespaceType, Fd> outside = openOutside();
        try (CriuProcess criu = CriuProcess.start(session, construction, request.choices(), List.copyOf(outside.values()))) {
            try {
                restore(criu, List.copyOf(outside.keySet()), construction, setting, directory);
            }
            catch (RuntimeException | Error e) {
                // It is in the container's cgroup with all that it has made; nobody shall see any of it run.
                criu.kill();
                throw CriuReport.of(Exhausted.told(e), request.choices().logDirectory().resolve(LOG), session.notices());
            }
            finally {
                if (adopted) {
                    criu.process().close();
                }
            }
        }
    }

    /** Namespaces that were there before the container: criu finds them under the numbers of descriptors. */
    private Map<NamespaceType, Fd> openOutside()
    {
        Map<NamespaceType, Fd> all = new java.util.EnumMap<>(NamespaceType.class);
        try {
            for (NamespaceType type : List.of(NamespaceType.NETWORK, NamespaceType.PID)) {
                spec().linux().joins(type).ifPresent(path -> all.put(type, Namespaces.open(path, type.cloneFlag(), "linux.namespaces")));
            }
            return all;
        }
        catch (RuntimeException | Error e) {
            all.values().forEach(Fd::close);
            throw e;
        }
    }

    private void restore(CriuProcess criu, List<NamespaceType> outside, Construction construction, NewContainer setting, ContainerDirectory directory)
    {
        CriuReport.begin(request.choices().logDirectory().resolve(LOG));
        if (request.securityProfile().isPresent()) {
            criu.require(SECURITY_MAJOR, SECURITY_MINOR, "--lsm-profile needs");
        }
        if (request.mountContext().isPresent()) {
            criu.require(SECURITY_MAJOR, SECURITY_MINOR, "--lsm-mount-context needs");
        }
        List<String> streams = criu.process().descriptorNames(STREAMS);
        CriuOptions all = options(criu);
        for (int i = 0; i < outside.size(); i++) {
            all.inherit(CriuSettings.externalKey(outside.get(i)), criu.other(i));
        }
        Descriptors.inherit(request.choices().imagePath(), all);
        criu.converse(CriuRequest.restore(all), Deadlines.CRIU, (notification, descriptor) -> {
            switch (notification.script()) {
                case "setup-namespaces" -> setUp(notification.pid(), construction);
                case "post-restore" -> restored(notification.pid(), construction, setting, directory, streams);
                case "orphan-pts-master" -> terminal(descriptor.orElseThrow(() -> new HostException("criu told of a terminal and did not send it")));
                default -> { }
            }
        });
        criu.throwIfInterrupted();
        if (!adopted) {
            throw new BugException("criu has restored a container and did not tell its process");
        }
        if (!criu.leave()) {
            throw new HostException("criu does not end");
        }
        if (construction.init().ended()) {
            throw new StateException("the restored process has ended at once");
        }
    }

    private CriuOptions options(CriuProcess criu)
    {
        CriuOptions all = CriuSettings.common(criu.options(), request.choices(), LOG, spec())
                .root(bundle.rootfs())
                .sibling()
                .evasiveDevices();
        request.securityProfile().ifPresent(all::securityProfile);
        request.mountContext().ifPresent(all::mountContext);
        for (Namespace namespace : spec().linux().namespaces()) {
            if (namespace.type() != NamespaceType.NETWORK && namespace.type() != NamespaceType.PID) {
                namespace.path().ifPresent(path -> all.join(namespace.type().procName(), path));
            }
        }
        for (ExternalMounts.External mount : ExternalMounts.of(spec(), options.orElseThrow(), facts.orElseThrow())) {
            all.externalMount(RootPath.resolve(bundle.rootfs(), mount.target()), mount.source());
        }
        if (!spec().linux().maskedPaths().isEmpty()) {
            all.externalMount(CriuSettings.NULL_DEVICE, CriuSettings.NULL_DEVICE);
        }
        // It is in all cgroups of the container by now.
        CallerCgroups.of(criu.process().pid()).forEach(all::cgroupRoot);
        return all;
    }

    /** The first process is there, in its namespaces, and nothing is in them. */
    private void setUp(OptionalInt pid, Construction construction)
    {
        adopt(pid, construction);
        for (HookKind kind : List.of(HookKind.PRESTART, HookKind.CREATE_RUNTIME)) {
            Outside.runAll(session, hooks, kind, OptionalInt.of(construction.init().pid())).ifPresent(failure -> {
                throw new HostException(failure);
            });
        }
    }

    private void adopt(OptionalInt pid, Construction construction)
    {
        if (!adopted) {
            construction.adopt(pid.orElseThrow(() -> new HostException("criu did not tell the restored process")));
            adopted = true;
        }
    }

    /** All is restored and stands still: from here every other command sees the container. */
    private void restored(OptionalInt pid, Construction construction, NewContainer setting, ContainerDirectory directory, List<String> streams)
    {
        adopt(pid, construction);
        HostProcess init = construction.init();
        Spec made = spec();
        // criu restores clocks by a time namespace, asked for or not; whoever joins the container has to join it as well.
        if (!made.linux().has(NamespaceType.TIME) && !init.namespace("time").equals(Namespaces.own("time"))) {
            byte[] config = RestoredConfig.withNamespace(bundle.config(), NamespaceType.TIME);
            directory.saveConfig(config);
            made = Bundle.parse(config);
        }
        setting.saveState(init, made, streams);
    }

    private void terminal(Fd master)
    {
        if (!(options.orElseThrow().stdio() instanceof Stdio.Terminal terminal)) {
            throw new HostException("the images have a terminal, but process.terminal of config.json is false");
        }
        if (terminal.socket().isPresent()) {
            HandOver.send(session.channel(), terminal.socket().get(), MASTER, master);
        }
        else {
            session.channel().call(Party.LAUNCHER, List.of(new LauncherStep.RelayTerminal(Slots.CONSOLE, true)),
                    List.of(new SlotFd(Slots.CONSOLE, master)), Deadline.after(Deadlines.STEP));
        }
    }
}
